public import Incremental

/// A query over the mesh's tables.
public protocol MeshQuery: Query where Inputs == MeshTables {}

/// How a query reads.
public typealias MeshReader = Reader<MeshTables>

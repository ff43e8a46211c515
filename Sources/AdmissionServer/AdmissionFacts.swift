public import MeshModel

/// What the controller knows while it is asked about objects.
public protocol AdmissionFacts: Sendable {
    /// The namespace of a name if it is part of the mesh: at once, or as soon as it shows up.
    ///
    /// - Returns: `nil` if it is not part of the mesh by then.
    func meshNamespace(_ name: String, waitingAtMost limit: Duration) async -> Namespace?
    /// The mesh's configuration, as far as it is in effect; `nil` as long as it has not been looked for.
    var meshConfig: MeshConfig? { get }
    /// Other objects of the kind that claim one of the things that an object claims, such as a port of a Service.
    ///
    /// - Returns: The names, sorted, without duplicates.
    func rivals(of object: any MeshObject) -> [ObjectName]
}

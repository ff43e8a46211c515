/// An SMI TCPRoute: ports of a destination.
public struct TCPRoute: MeshObject {
    /// The kind of all objects of this type.
    public static let kind = ObjectKind.tcpRoute
    /// Name, namespace, age.
    public var metadata: ObjectMetadata
    /// The ports, numbered as the pods do; empty for every port.
    public var ports: [Int]

    /// A TCP route with the given ports.
    public init(metadata: ObjectMetadata, ports: [Int]) {
        self.metadata = metadata
        self.ports = ports
    }
}

extension TCPRoute: Decodable {
    private enum Key: String, CodingKey { case metadata, spec }
    private enum SpecKey: String, CodingKey { case matches }
    private enum MatchesKey: String, CodingKey { case ports }

    /// Reads a TCPRoute of `specs.smi-spec.io/v1alpha4`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let matches = try fields.object(.spec, SpecKey.self)?.object(.matches, MatchesKey.self)
        self.init(
            metadata: try fields.decode(ObjectMetadata.self, forKey: .metadata),
            ports: try matches?.value(.ports) ?? [])
    }
}

extension TCPRoute {
    /// An object that means nothing, since only its metadata could be read.
    public init(unread metadata: ObjectMetadata) {
        self.init(metadata: metadata, ports: [])
    }

    /// The names and the numbers of the ports.
    public func validate() -> [Problem] {
        var list = ProblemList()
        list.check(metadata, of: Self.kind)
        list.checkCount(ports.count, "spec.matches.ports")
        for (index, port) in ports.enumerated() { list.checkPort(port, "spec.matches.ports[\(index)]") }
        return list.problems
    }
}

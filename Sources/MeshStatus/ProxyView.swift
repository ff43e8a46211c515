internal import MeshModel
public import XDSCache

/// The resources that a proxy should have, by their versions.
public struct ProxyView: Codable, Equatable, Sendable {
    /// A resource.
    public struct Entry: Codable, Hashable, Comparable, Sendable {
        /// The type's message name without its packages, such as `Cluster`.
        public let type: String
        /// The name on the wire.
        public let name: String
        /// What the proxy tells as its version once it has it.
        public let version: String

        /// By type, then name.
        public static func < (left: Entry, right: Entry) -> Bool {
            (left.type, left.name, left.version) < (right.type, right.name, right.version)
        }
    }

    /// Namespace and name of the pod.
    public let pod: String
    /// The pod's uid; empty where it has none.
    public let uid: String
    /// The publication that this is of.
    public let revision: Revision
    /// The resources, without the proxy's own certificate: sorted, without duplicates.
    public let resources: [Entry]

    /// The view of a proxy.
    public init(of proxy: ProxyID, _ resources: [Resource], revision: Revision) {
        pod = proxy.pod.description
        uid = proxy.uid
        self.revision = revision
        self.resources = resources.map { resource in
            Entry(type: "\(resource.key.name.type)", name: resource.key.name.name, version: resource.version)
        }.sorted()
    }
}

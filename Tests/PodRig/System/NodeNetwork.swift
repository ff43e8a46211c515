import Foundation

/// The network of one rig: a namespace that is the node, with a bridge, and one namespace for each pod.
///
/// The machine's own network is not touched.
final class NodeNetwork {
    /// The bridge's address: the node's, and every pod's default route.
    static let nodeAddress = "10.77.0.1"

    let node: Namespace
    private let prefix: String
    private var namespaces: [Namespace] = []

    /// The network of the rig with this process id.
    init(processID: Int32) {
        prefix = "\(LeftoverRigs.prefix)\(processID)-"
        node = Namespace(name: prefix + "node")
    }

    /// Makes the node.
    func make() throws {
        namespaces.append(node)
        try node.make(hosts: "127.0.0.1 localhost\n")
        try node.ip("link add br0 type bridge")
        try node.ip("address add \(NodeNetwork.nodeAddress)/16 dev br0")
        try node.ip("link set br0 up")
    }

    /// Makes a namespace with a link to the bridge.
    func attach(_ name: String, address: String, hosts: String) throws -> Namespace {
        let namespace = Namespace(name: prefix + name)
        let link = "pod\(namespaces.count)"
        namespaces.append(namespace)
        try namespace.make(hosts: hosts)
        try namespace.ip("link add eth0 type veth peer name \(link) netns \(node.name)")
        try namespace.ip("address add \(address)/16 dev eth0")
        try namespace.ip("link set eth0 up")
        try namespace.ip("route add default via \(NodeNetwork.nodeAddress)")
        try node.ip("link set \(link) master br0 up")
        return namespace
    }

    /// Removes all namespaces, and returns what could not be removed.
    func remove() -> [String] {
        defer { namespaces = [] }
        return namespaces.reversed().flatMap { $0.remove() }
    }
}

import Foundation

/// The network of one rig: a namespace that is the node, with a bridge, and one namespace for each pod.
///
/// The machine's own network is not touched.
final class NodeNetwork {
    /// The bridge's address: the node's, and every pod's default route.
    static let nodeAddress = "10.77.0.1"
    /// The same for IPv6.
    static let nodeIPv6Address = "fd00:77::1"

    let node: Namespace
    private let prefix: String
    private var namespaces: [Namespace] = []
    /// How many links there have been: each has a name of its own.
    private var links = 0

    /// The network of the rig with this process id.
    init(processID: Int32) {
        prefix = "\(LeftoverRigs.prefix)\(processID)-"
        node = Namespace(name: prefix + "node")
    }

    /// Makes the node.
    func make() throws {
        namespaces.append(node)
        try node.make(hosts: "127.0.0.1 localhost\n")
        // With an address of its own: otherwise it has the lowest of its links', and pods lose it when that one changes.
        try node.ip("link add br0 address 02:66:00:00:00:02 type bridge")
        try node.ip("address add \(NodeNetwork.nodeAddress)/16 dev br0")
        // Without the search for duplicates, for which an address would wait.
        try node.ip("address add \(NodeNetwork.nodeIPv6Address)/64 dev br0 nodad")
        try node.ip("link set br0 up")
    }

    /// Gives the node one more address.
    func addAddress(_ address: String) throws { try node.ip("address add \(address)/16 dev br0") }

    /// Makes a namespace with a link to the bridge.
    func attach(_ name: String, address: String, ipv6Address: String? = nil, hosts: String) throws -> Namespace {
        let namespace = Namespace(name: prefix + name)
        links += 1
        let link = "pod\(links)"
        namespaces.append(namespace)
        try namespace.make(hosts: hosts)
        let hardware = NodeNetwork.hardwareAddress(of: name)
        try namespace.ip("link add eth0 address \(hardware) type veth peer name \(link) netns \(node.name)")
        try namespace.ip("address add \(address)/16 dev eth0")
        if let ipv6Address { try namespace.ip("address add \(ipv6Address)/64 dev eth0 nodad") }
        try namespace.ip("link set eth0 up")
        try namespace.ip("route add default via \(NodeNetwork.nodeAddress)")
        if ipv6Address != nil { try namespace.ip("route add default via \(NodeNetwork.nodeIPv6Address)") }
        try node.ip("link set \(link) master br0 up")
        return namespace
    }

    /// The same for a name always, so that nobody remembers a wrong one when a pod takes the place of another.
    private static func hardwareAddress(of name: String) -> String {
        // FNV-1a; the first byte says: a single host, by local choice.
        let hash = name.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let bytes = [0x02] + (0..<5).map { UInt8(truncatingIfNeeded: hash >> ($0 * 8)) }
        return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }

    /// Removes a namespace, and everything that still runs in it.
    func detach(_ namespace: Namespace) throws {
        for process in try namespace.processes() { kill(process, SIGKILL) }
        // Its link must be gone before another one has the same address.
        if let problem = namespace.remove().first { throw RigError(.machine, problem) }
        namespaces.removeAll { $0.name == namespace.name }
    }

    /// Removes all namespaces, and returns what could not be removed.
    func remove() -> [String] {
        defer { namespaces = [] }
        return namespaces.reversed().flatMap { $0.remove() }
    }
}

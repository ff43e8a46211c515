/// The Service of the controller: one address, behind which each pod is led to one of the replicas.
///
/// A pod that is led to another one keeps its open connections, as with kube-proxy.
final class ReplicaService {
    private let node: Namespace
    private var places: [String: String] = [:]

    init(node: Namespace) { self.node = node }

    /// Where pods find the controller.
    var address: String { "\(NodeNetwork.nodeAddress):\(Replica.port)" }

    /// Leads new connections of a pod to a replica.
    func lead(_ pod: RunningPod, to replica: Replica) throws {
        let source = pod.specification.address
        if let before = places[source] { try change("-D", source, before) }
        try change("-A", source, replica.address)
        places[source] = replica.address
    }

    private func change(_ action: String, _ source: String, _ destination: String) throws {
        let match = ["PREROUTING", "-s", source, "-d", NodeNetwork.nodeAddress, "-p", "tcp", "--dport"]
        let rule = match + ["\(Replica.port)", "-j", "DNAT", "--to-destination", "\(destination):\(Replica.port)"]
        try Command(node.command(["iptables", "-w", "-t", "nat", action] + rule)).check()
    }
}

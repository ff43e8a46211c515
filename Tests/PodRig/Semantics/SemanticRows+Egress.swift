import MeshModel
import Oracle

/// Section 7, what leaves the mesh.
extension SemanticRows {
    static let egress = [
        "7 egress http: a host", "7 egress http: a host that has no address", "7 egress http: a pattern",
        "7 egress http: another host", "7 egress http: another host passed through",
        "7 egress http: no match of a host", "7 egress tcp: an address", "7 egress tcp: another address",
        "7 egress http beside tcp-server-first: the older one's", "7 egress of another identity",
    ]

    func addEgress(_ call: SemanticsCall, _ client: ServiceIdentity, _ rows: inout Set<String>) {
        guard let departure = call.prediction.departure else { return }
        let port = Int(call.address.port)
        let entries = oracle.egresses(of: client, on: port)
        let words = entries.map(\.word)
        switch departure {
        case .sent(let host):
            rows.insert(
                SemanticsPods.names[host] == nil
                    ? "7 egress http: a host that has no address" : "7 egress http: a host")
        case .sentOn:
            let isNamed = entries.contains { $0.word == "http" && $0.policy.hosts.contains { $0.hasPrefix("*") } }
            rows.insert(
                isNamed ? "7 egress http: a pattern" : "7 egress http: another host passed through")
        case .forbidden:
            let isLimited = entries.contains { $0.word == "http" && !$0.policy.matches.isEmpty }
            rows.insert(isLimited ? "7 egress http: no match of a host" : "7 egress http: another host")
        case .carried, .closed:
            guard words.contains(where: { $0.hasPrefix("tcp") }), !oracle.isEgressPassthrough else { break }
            rows.insert(departure == .carried ? "7 egress tcp: an address" : "7 egress tcp: another address")
        }
        let own = objects.egresses.values.filter { policy in
            oracle.objects.egresses[policy.name] != nil && policy.ports.contains { $0.number == port }
        }
        let isSource = { (policy: Egress) in
            policy.sources.contains { $0.name == client.serviceAccount && $0.namespace == client.namespace }
        }
        if entries.isEmpty, own.contains(where: { !isSource($0) }) { rows.insert("7 egress of another identity") }
        let isLost = own.contains { policy in
            isSource(policy) && oracle.mode(of: policy.metadata.namespace) != .outside
                && !oracle.lostFields(of: policy).isEmpty
        }
        if isLost { rows.insert("7 egress http beside tcp-server-first: the older one's") }
    }
}

extension Oracle.Departure {
    /// Whether each request is looked at.
    var isByRequest: Bool {
        switch self {
        case .sent, .sentOn, .forbidden: true
        case .carried, .closed: false
        }
    }
}

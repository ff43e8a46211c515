import MeshModel
import Oracle

/// Section 5.
extension SemanticRows {
    static let splits = [
        "5 spec.service: <svc>", "5 spec.service: <svc>.<ns>", "5 spec.service: <svc>.<ns>.svc",
        "5 spec.service: <svc>.<ns>.svc.cluster", "5 spec.service: <svc>.<ns>.svc.cluster.local",
        "5 spec.service of another namespace", "5 weights", "5 a weight of 0", "5 all weights 0",
        "5 the apex as its own backend", "5 a backend that is an apex", "5 a backend without the port",
        "5 a missing backend", "5 no backend left", "5 two splits for one apex", "5 matches: a request that is split",
        "5 matches: a request that goes to the apex's pods", "5 matches: connections", "5 a backend refuses",
    ]

    func addSplit(_ port: ServicePort, _ call: SemanticsCall, _ rows: inout Set<String>) {
        addInertSplits(port, &rows)
        guard let split = oracle.split(at: port.service), let own = oracle.port(port) else { return }
        let spelling = split.service.split(separator: ".").dropFirst(2).map { ".\($0)" }.joined()
        rows.insert("5 spec.service: <svc>" + (split.service.contains(".") ? ".<ns>" : "") + spelling)
        let others = oracle.objects.splits.values.filter {
            $0.name != split.name && $0.metadata.namespace == split.metadata.namespace
                && $0.service.split(separator: ".").first == split.service.split(separator: ".").first
        }
        if !others.isEmpty { rows.insert("5 two splits for one apex") }
        if !split.matches.isEmpty {
            let groups = split.matches.compactMap {
                oracle.matches(ofGroup: $0.name, in: split.metadata.namespace)
            }
            if !own.isHTTP {
                rows.insert("5 matches: connections")
            } else if groups.joined().contains(where: { Oracle.matches($0, understood(call.request)) }) {
                rows.insert("5 matches: a request that is split")
            } else {
                rows.insert("5 matches: a request that goes to the apex's pods")
                return
            }
        }
        addBackends(of: split, port, call, &rows)
    }

    private func addBackends(
        of split: TrafficSplit, _ port: ServicePort, _ call: SemanticsCall, _ rows: inout Set<String>
    ) {
        let namespace = split.metadata.namespace
        for backend in split.backends {
            let name = ObjectName(namespace: namespace, name: backend.service)
            let isUsable = oracle.port(ServicePort(service: name, port: port.port)) != nil
            if backend.weight == 0 { rows.insert("5 a weight of 0") }
            if oracle.ports(of: name) == nil {
                rows.insert("5 a missing backend")
            } else if !isUsable {
                rows.insert("5 a backend without the port")
            }
            if name == port.service { rows.insert("5 the apex as its own backend") }
            if name != port.service, isUsable, oracle.split(at: name) != nil {
                rows.insert("5 a backend that is an apex")
            }
        }
        let division = oracle.division(of: understood(call.request), at: port)
        if division.count > 1 { rows.insert("5 weights") }
        if division.isEmpty { rows.insert("5 no backend left") }
        if call.prediction.servers.contains(where: { $0.verdict == .refused }) { rows.insert("5 a backend refuses") }
    }

    /// Splits that are refused divide nothing.
    private func addInertSplits(_ port: ServicePort, _ rows: inout Set<String>) {
        for split in objects.splits.values where split.metadata.namespace == port.service.namespace {
            let labels = split.service.split(separator: ".")
            guard labels.first.map(String.init) == port.service.name else { continue }
            if labels.count > 1, labels[1] != port.service.namespace {
                rows.insert("5 spec.service of another namespace")
            }
            if !split.backends.isEmpty, split.backends.allSatisfy({ $0.weight == 0 }) { rows.insert("5 all weights 0") }
        }
    }

    func understood(_ request: Request) -> Request {
        if case .understood(let request) = request.reading { request } else { request }
    }
}

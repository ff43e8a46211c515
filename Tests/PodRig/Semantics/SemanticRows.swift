import MeshModel
import Oracle

/// Which rows of the contract a call is about: sections 1 to 5, by their number.
///
/// A row is hit where the situation that it speaks of decides about the call, or would if the row were broken.
struct SemanticRows {
    let oracle: Oracle
    /// The objects with those that are malformed.
    let objects: MeshObjects

    /// The rows that a call hits.
    func rows(of call: SemanticsCall) -> Set<String> {
        var rows: Set<String> = []
        addRefusals(call, &rows)
        if let port = call.prediction.servicePort, let client = call.identity(oracle) {
            addReach(port, client, call, &rows)
            addPort(port, call, &rows)
            addSplit(port, call, &rows)
            addRetry(port, client, call, &rows)
        } else if case .pod(let client) = call.caller {
            addOutside(call.address, &rows)
            addEgress(call, oracle.identity(of: client), &rows)
        }
        for server in call.prediction.servers { addAccess(call, server, &rows) }
        addIngress(call, &rows)
        return rows
    }

    /// Every row, so that none can be forgotten.
    static let all: [String] =
        access + [
            "2 no listener: closed by the own proxy", "2 no listener: passed through", "2 refused: 403",
            "2 refused in the handshake", "2 past the own proxy, with a certificate",
            "2 past the own proxy, without a certificate", "2 past the own proxy, without TLS",
            "3 permissive: every service port", "3 SMI: a service port by a policy", "3 SMI: no policy, no listener",
            "3 an apex by a backend's policy", "3 several accounts: those that the client may call",
            "3 several accounts: none, so all are offered", "3 any Host", "3 the namespace's annotation enables",
            "3 the namespace's annotation disables", "4 appProtocol: HTTP", "4 appProtocol: another word",
            "4 a port's name: HTTP", "4 a port's name: TCP", "4 a port's name that says nothing",
            "4 a target port by name", "4 no ready endpoint", "4 an endpoint that is not ready",
            "4 a pod of a headless service", "4 without a selector: egress", "4 ExternalName: egress",
            "4 only foreign endpoints: egress", "4 an address that two services claim",
        ] + splits + egress + ingress + retries

    // MARK: Section 2

    private func addRefusals(_ call: SemanticsCall, _ rows: inout Set<String>) {
        let outcomes = call.prediction.outcomes
        switch call.caller {
        case .pod:
            if call.prediction.servicePort == nil, call.prediction.departure?.isByRequest != true {
                rows.insert(
                    oracle.isEgressPassthrough
                        ? "2 no listener: passed through" : "2 no listener: closed by the own proxy")
            }
            if outcomes.contains(.status(403)) { rows.insert("2 refused: 403") }
            if call.prediction.servers.contains(where: { $0.isHTTP == false && $0.verdict == .refused }) {
                rows.insert("2 refused in the handshake")
            }
        case .outsider(let identity, _):
            rows.insert(
                identity == nil
                    ? "2 past the own proxy, without a certificate" : "2 past the own proxy, with a certificate")
        case .ingress(_, let ingress, _):
            if ingress.serverName == nil { rows.insert("2 past the own proxy, without TLS") }
        }
    }

    // MARK: Section 3

    private func addReach(
        _ port: ServicePort, _ client: ServiceIdentity, _ call: SemanticsCall, _ rows: inout Set<String>
    ) {
        let namespace = port.service.namespace
        let mode = oracle.mode(of: namespace)
        rows.insert(mode == .permissive ? "3 permissive: every service port" : "3 SMI: a service port by a policy")
        rows.insert("3 any Host")
        let annotation = objects.namespaces[ObjectName(namespace: "", name: namespace)]?.metadata.annotations[
            MeshLabels.permissiveMode]
        if ["enabled", "yes", "true"].contains(annotation?.lowercased()) {
            rows.insert("3 the namespace's annotation enables")
        }
        if ["disabled", "no", "false"].contains(annotation?.lowercased()) {
            rows.insert("3 the namespace's annotation disables")
        }
        guard mode == .smi else { return }
        if !oracle.isDeclared(port, for: client) { rows.insert("3 an apex by a backend's policy") }
        for upstream in Set(call.prediction.servers.compactMap { upstream(of: $0, port) }) {
            let identities = oracle.identities(behind: upstream)
            guard identities.count > 1 else { continue }
            let isHTTP = oracle.port(port)?.isHTTP == true
            let callable = identities.filter { oracle.mayCall(client, $0, port: upstream.targetPort, isHTTP: isHTTP) }
            if callable.isEmpty {
                rows.insert("3 several accounts: none, so all are offered")
            } else if callable.count < identities.count {
                rows.insert("3 several accounts: those that the client may call")
            }
        }
    }

    private func upstream(of server: Oracle.Server, _ port: ServicePort) -> ServiceTargetPort? {
        guard let service = server.service,
            let target = oracle.port(ServicePort(service: service, port: port.port))?.name
        else { return nil }
        return ServiceTargetPort(service: service, targetPort: target)
    }

    // MARK: Section 4

    private func addPort(_ servicePort: ServicePort, _ call: SemanticsCall, _ rows: inout Set<String>) {
        guard let port = oracle.port(servicePort) else { return }
        if let word = port.port.appProtocol, !word.isEmpty {
            rows.insert(port.isHTTP ? "4 appProtocol: HTTP" : "4 appProtocol: another word")
        } else if ["http", "http2", "grpc"].contains(port.port.name.prefix { $0 != "-" }) {
            rows.insert("4 a port's name: HTTP")
        } else {
            rows.insert(port.isHTTP ? "4 a port's name that says nothing" : "4 a port's name: TCP")
        }
        if case .name = port.port.targetPort { rows.insert("4 a target port by name") }
        if oracle.isHeadless(servicePort.service) { rows.insert("4 a pod of a headless service") }
        let endpoints = oracle.endpoints(of: servicePort.service).filter { $0.pod != nil }
        if !endpoints.contains(where: \.isReady), oracle.split(at: servicePort.service) == nil {
            rows.insert("4 no ready endpoint")
        } else if endpoints.contains(where: { !$0.isReady }) {
            rows.insert("4 an endpoint that is not ready")
        }
        let claimants = oracle.objects.services.values.filter { service in
            service.clusterIPs.contains(call.address.ip)
                && oracle.ports(of: service.name)?.contains { $0.port.port == call.address.port } == true
        }
        if claimants.count > 1 { rows.insert("4 an address that two services claim") }
    }

    /// What is no service of the mesh.
    private func addOutside(_ address: SocketAddress, _ rows: inout Set<String>) {
        if let owner = oracle.owner(of: address) {
            if oracle.mode(of: owner.service.namespace) == .smi { rows.insert("3 SMI: no policy, no listener") }
            return
        }
        for service in oracle.objects.services.values
        where service.clusterIPs.contains(address.ip) && service.ports.contains(where: { $0.port == address.port }) {
            guard oracle.mode(of: service.metadata.namespace) != .outside else { continue }
            if service.type == "ExternalName" {
                rows.insert("4 ExternalName: egress")
            } else if service.selector.isEmpty {
                rows.insert("4 without a selector: egress")
            } else if !oracle.endpoints(of: service.name).isEmpty {
                rows.insert("4 only foreign endpoints: egress")
            }
        }
    }
}

import MeshModel
import Oracle

/// Section 7: ingress.
extension SemanticRows {
    static let ingress = [
        "7 nothing opens the port", "7 http: from a source", "7 http: from elsewhere", "7 https: allowed",
        "7 https: another address or name", "7 https: without a certificate", "7 no certificate is asked for",
        "7 a server name that is answered", "7 a server name that is not", "7 several services of a pod",
        "7 the older of two objects", "7 an object of no effect",
    ]

    func addIngress(_ call: SemanticsCall, _ rows: inout Set<String>) {
        guard case .ingress(_, let ingress, _) = call.caller, let pod = oracle.pod(at: call.address.ip) else { return }
        let port = call.address.port
        let isTLS = ingress.serverName != nil
        let services = oracle.objects.services.values.filter { oracle.leads($0, to: port, of: pod) }.map(\.name)
        let claims = objects.ingressBackends.values.flatMap { object in
            object.backends.filter { backend in
                backend.port == Int(port)
                    && services.contains(.init(namespace: object.metadata.namespace, name: backend.service))
            }.map { (object: object, backend: $0) }
        }
        let valid = claims.filter { oracle.objects.ingressBackends[$0.object.name] != nil }
        if claims.isEmpty { rows.insert("7 nothing opens the port") }
        if valid.count < claims.count { rows.insert("7 an object of no effect") }
        let opened = Set(valid.map(\.backend.service))
        if opened.count > 1 { rows.insert("7 several services of a pod") }
        if opened.count < valid.count { rows.insert("7 the older of two objects") }
        switch oracle.verdict(of: ingress, at: port, of: pod) {
        case .closed:
            let hasHosts = valid.contains { $0.backend.tls?.sniHosts.isEmpty == false }
            if isTLS, hasHosts { rows.insert("7 a server name that is not") }
        case .unproven: rows.insert("7 https: without a certificate")
        case .refused: rows.insert(isTLS ? "7 https: another address or name" : "7 http: from elsewhere")
        case .allowed:
            rows.insert(isTLS ? "7 https: allowed" : "7 http: from a source")
            if isTLS, ingress.certificate == nil { rows.insert("7 no certificate is asked for") }
            if isTLS, valid.contains(where: { $0.backend.tls?.sniHosts.isEmpty == false }) {
                rows.insert("7 a server name that is answered")
            }
        }
    }
}

import MeshModel
import MeshPolicy
import Oracle
import PolicyCompiler

extension Comparison {
    /// Asks what becomes of requests from outside the mesh.
    mutating func askIngress(_ pod: Pod, _ proxy: CompiledProxy, _ oracle: Oracle, _ mesh: inout RandomMesh) {
        for port: UInt16 in [8080, 8081, 8082] {
            let isOpen = proxy.inbound?.ports.contains { $0.port == port && !$0.ingress.isEmpty } == true
            for _ in 0..<(isOpen ? 24 : 1) {
                guard let call = mesh.ingressCall() else { continue }
                let expected = oracle.verdict(of: call, at: port, of: pod)
                check(
                    expected.kind, proxy.verdict(of: call, at: port), expected,
                    "\(call) to port \(port) of \(pod.name)")
            }
        }
    }

    /// Asks what the authors of IngressBackends are told.
    mutating func askIngressDiagnoses(_ compiled: CompiledMesh, _ oracle: Oracle, _ objects: MeshObjects) {
        for object in objects.ingressBackends.values {
            let diagnosis = compiled.diagnosis(of: object.key)
            let isWellFormed = oracle.objects.ingressBackends[object.name] != nil
            let lost = oracle.lostBackends(of: object)
            let isRefused = !isWellFormed || lost.count == object.backends.count
            check(
                isRefused ? "refused object" : "accepted object", diagnosis?.refusals.isEmpty == false, isRefused,
                "\(object.key) is refused")
            if isWellFormed, isRefused {
                check(
                    "refused object", Set((diagnosis?.refusals ?? []).map(\.path)),
                    Set(lost.map { "spec.backends[\($0)].port" }), "what \(object.key) lost")
            }
            let expected = oracle.unresolved(object)
            check(
                expected.isEmpty ? "resolved" : "unresolved", Set((diagnosis?.unresolved ?? []).map(\.path)), expected,
                "what \(object.key) names")
        }
    }
}

extension Oracle.IngressVerdict {
    /// The answer without its details.
    fileprivate var kind: String {
        switch self {
        case .closed: "ingress closed"
        case .unproven: "ingress unproven"
        case .refused: "ingress refused"
        case .allowed: "ingress allowed"
        }
    }
}

import MeshModel
import MeshPolicy
import Oracle
import PolicyCompiler

extension Comparison {
    /// Asks what becomes of connections that leave the mesh.
    mutating func askEgress(
        _ client: ServiceIdentity, _ proxy: CompiledProxy, _ oracle: Oracle, _ mesh: inout RandomMesh
    ) {
        let addresses = ["10.0.0.5", "10.0.0.200", "10.1.0.3", "10.77.3.8", "192.0.2.1", "fd00::5"]
            .compactMap { IPAddress($0) }
        for number: UInt16 in [80, 81, 8080, 8081, 8083] {
            for _ in 0..<(proxy.egressPorts[number] == nil ? 1 : 12) {
                guard let ip = mesh.random.pick(from: addresses) else { continue }
                let address = SocketAddress(ip: ip, port: number)
                guard proxy.listeners[address] == nil else { continue }
                let opening = mesh.firstBytes()
                let expected = oracle.departure(of: client, to: address, opening: opening)
                check(
                    expected.kind, proxy.departure(to: address, opening: opening), expected,
                    "\(client) to \(address) with \(opening)")
            }
        }
    }

    /// Asks what the authors of Egress policies are told.
    mutating func askEgressDiagnoses(_ compiled: CompiledMesh, _ oracle: Oracle, _ objects: MeshObjects) {
        for object in objects.egresses.values {
            let diagnosis = compiled.diagnosis(of: object.key)
            let told = Set((diagnosis?.refusals ?? []).map(\.path))
            if oracle.objects.egresses[object.name] == nil {
                check("refused object", told.isEmpty, false, "\(object.key) is refused")
            } else {
                let lost = oracle.lostFields(of: object)
                check(
                    lost.isEmpty ? "accepted object" : "refused object", told, lost,
                    "what older policies took from \(object.key)")
            }
            let expected = oracle.unresolved(object)
            check(
                expected.isEmpty ? "resolved" : "unresolved", Set((diagnosis?.unresolved ?? []).map(\.path)), expected,
                "what \(object.key) names")
        }
    }
}

extension Oracle.Departure {
    /// The answer without its details.
    fileprivate var kind: String {
        switch self {
        case .closed: "egress closed"
        case .carried: "egress carried"
        case .forbidden: "egress forbidden"
        case .sent: "egress sent"
        case .sentOn: "egress sent on"
        }
    }
}

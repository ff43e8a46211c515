import MeshModel
import MeshPolicy
import PolicyAnalysis

/// A call that was made through real proxies, and its answer (`PodRig semantics --record`).
struct RecordedCall: Decodable {
    let namespace: String
    let serviceAccount: String
    let serviceNamespace: String
    let service: String
    let port: UInt16
    let method: String
    let path: String
    let host: String
    let headers: [[String]]
    let failures: Int
    let status: Int?
    let app: String?

    /// The ports on which every application of the rig answers.
    private static let applications: Set<UInt16> = [8080, 8081, 8082]

    /// The question that `osm policy explain` would be asked.
    var question: FlowQuestion {
        FlowQuestion(
            client: ServiceIdentity(namespace: namespace, serviceAccount: serviceAccount),
            service: ObjectName(namespace: serviceNamespace, name: service), port: port,
            request: RequestDescription(
                method: method, path: path, host: host,
                headers: headers.map { .init(name: $0[0], value: $0[1]) }, hasNoOtherHeaders: true))
    }

    /// Whether the answer is one that an explanation allows for.
    func agrees(with explanation: FlowExplanation) -> Bool {
        let isHTTP = explanation.wireProtocol == .http
        return explanation.outcomes.contains { outcome in
            switch outcome {
            case .delivered(let server, _):
                guard Self.applications.contains(server.port) else { return app == nil && status != 403 }
                return server.pods.contains { $0.name == app } || (failures > 0 && app == nil && status == 503)
            case .refused: return app == nil && status == (isHTTP ? 403 : nil)
            case .rejected(let status, _): return app == nil && self.status == status
            case .unavailable, .notServed: return app == nil && status == (isHTTP ? 503 : nil)
            // What leaves the mesh may meet anybody.
            case .noListener(let leavesMesh): return leavesMesh || (app == nil && status == nil)
            // A whole request leaves nothing open, and the rig has no pods of an original mesh.
            case .conditional, .unknown: return false
            }
        }
    }

    /// Whether the answer had to be the one of an application, or of the mesh's refusal: where it could be either, or
    /// the call left the mesh, agreement proves little.
    func isDecided(by explanation: FlowExplanation) -> Bool {
        let leaves = explanation.outcomes.contains { if case .noListener(true) = $0 { true } else { false } }
        return !leaves && explanation.verdict != .depends
    }
}

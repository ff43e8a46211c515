import Incremental
import MeshModel
import MeshPolicy

extension DiagnosisQuery {
    /// What is to say about an object of the kind Retry.
    static func retry(_ name: ObjectName, _ mesh: MeshReader) -> Diagnosis? {
        guard let row = mesh(\.retryByName, name).first else { return nil }
        guard let retry = row.valid, let client = retry.sourceIdentity else {
            return Diagnosis(refusals: row.problems)
        }
        let holders = mesh(ClientRetries.self, client)
        var held: [Problem] = []
        var problems: [Problem] = []
        if mesh(\.serviceAccountByName, ObjectName(namespace: client.namespace, name: client.serviceAccount)).isEmpty,
            mesh(\.podsByIdentity, client).isEmpty
        {
            let message = "there is no ServiceAccount \(client): nobody's requests are meant"
            problems.append(Problem(path: "spec.source", message: message))
        }
        for (index, scope) in retry.scopes.enumerated() {
            let path = "spec.destinations[\(index)]"
            if let holder = holders[scope], holder != name {
                let message = "the older Retry \(holder) says when \(client) tries again what it asks \(scope)"
                held.append(Problem(path: path, message: "\(message); this one does nothing there"))
                problems += held.suffix(1)
            } else if let message = missing(scope, mesh) {
                problems.append(Problem(path: path, message: message))
            }
        }
        return held.count == retry.scopes.count ? Diagnosis(refusals: held) : Diagnosis(unresolved: problems)
    }

    /// Why a destination means nothing; `nil` if it means something.
    private static func missing(_ scope: Retry.Scope, _ mesh: MeshReader) -> String? {
        switch scope {
        case .mesh: return nil
        case .namespace(let namespace):
            return mesh(NamespaceMode.self, namespace) == .outside
                ? "namespace \(namespace) is not in the mesh: it has no Services of the mesh" : nil
        case .service(let service):
            guard let facts = mesh(MeshService.self, service) else {
                return "there is no Service \(service) in the mesh"
            }
            return facts.ports.contains { $0.wireProtocol == .http }
                ? nil : "Service \(service) has no HTTP port, and only HTTP requests can be tried again"
        }
    }
}

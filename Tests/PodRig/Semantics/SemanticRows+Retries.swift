import MeshModel
import Oracle

/// Section 7, what is tried again.
extension SemanticRows {
    static let retries = [
        "7 a failing request without a Retry", "7 a Retry outlasts the failure", "7 a Retry gives up",
        "7 a Retry of no attempts", "7 a Retry by its wildcard",
    ]

    func addRetry(_ port: ServicePort, _ client: ServiceIdentity, _ call: SemanticsCall, _ rows: inout Set<String>) {
        guard let failure = call.failure else { return }
        guard let retry = oracle.retry(of: client, at: port) else {
            rows.insert("7 a failing request without a Retry")
            return
        }
        if oracle.outlasts(failures: failure.times, client, at: port) {
            rows.insert("7 a Retry outlasts the failure")
            let isNamed = retry.destinations.contains { $0.name == port.service.name }
            if !isNamed { rows.insert("7 a Retry by its wildcard") }
        } else {
            rows.insert(retry.policy.numRetries == 0 ? "7 a Retry of no attempts" : "7 a Retry gives up")
        }
    }
}

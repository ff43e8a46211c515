import Foundation
import NIOHTTP1
import Synchronization

/// The tokens of a pod's service account, each bound to the pod.
final class TokenSource: Sendable {
    private struct Token {
        let text: String
        let issued: ContinuousClock.Instant
        let lifetime: Duration
    }

    private let node: Node
    private let pod: Pod
    private let tokens = Mutex<[String: Token]>([:])

    init(node: Node, pod: Pod) {
        self.node = node
        self.pod = pod
    }

    /// A token that is good for a while.
    func token(_ wanted: Volume.Token) async throws -> String {
        let key = "\(wanted.audience ?? "") \(wanted.expirationSeconds ?? 3600)"
        if let known = tokens.withLock({ $0[key] }) {
            let age = ContinuousClock.now - known.issued
            let limit = min(
                known.lifetime * 0.8, .seconds(24 * 3600), node.settings.tokenRefresh ?? .seconds(24 * 3600))
            if age < limit { return known.text }
        }
        let audiences: [JSONValue]? = wanted.audience.flatMap { $0.isEmpty ? nil : [.string($0)] }
        let request: JSONValue = [
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "spec": .fields([
                "audiences": audiences.map { .array($0) }, "expirationSeconds": .int(wanted.expirationSeconds ?? 3600),
                "boundObjectRef": [
                    "apiVersion": "v1", "kind": "Pod", "name": .string(pod.metadata.name), "uid": .string(pod.uid),
                ],
            ]),
        ]
        let path = "/api/v1/namespaces/\(pod.namespace)/serviceaccounts/\(pod.serviceAccount)/token"
        let issued = ContinuousClock.now
        let answer = try await node.api.send(.POST, path, request)
        guard let text = answer.at("status", "token")?.string else { throw RigError("\(path): no token") }
        let lifetime = Duration.seconds(answer.at("spec", "expirationSeconds")?.int ?? 3600)
        tokens.withLock { $0[key] = Token(text: text, issued: issued, lifetime: lifetime) }
        return text
    }
}

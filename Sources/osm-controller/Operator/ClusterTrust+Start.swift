import CertificateAuthority
import FoundationEssentials
import KubernetesClient
import Logging
import MeshModel
import OwnedObjects

extension ClusterTrust {
    /// The longest wait between two tries to find a root that can sign.
    private static let longestWait = Duration.seconds(30)

    /// The state that is kept, or a first one where the mesh begins; waits for an API server that does not answer yet.
    ///
    /// As long as the mesh cannot begin, since no object's root can be had, the objects say why, and it is tried again.
    ///
    /// - Throws: Why no root can be had where there is no object that could say so, or `CancellationError`.
    static func begin(
        _ store: TrustStateStore, _ wishes: RootWishes, logger: Logger
    ) async throws -> TrustStateStore.Kept {
        var wait = Duration.seconds(1)
        while true {
            let kept = try await waiting(logger) { try await tryToBegin(store, wishes, logger) }
            if let kept { return kept }
            try await Task.sleep(for: wait)
            wait = min(wait * 2, longestWait)
        }
    }

    private static func tryToBegin(
        _ store: TrustStateStore, _ wishes: RootWishes, _ logger: Logger
    ) async throws -> TrustStateStore.Kept? {
        if let kept = try await store.load() { return kept }
        let (claims, asked) = try await wishes.weigh(nil, now: Date())
        if let state = TrustPlan.begin(claims.wish) {
            guard let kept = try await store.begin(state) else {
                throw ControllerError(
                    code: .state, message: "Secret \(TrustStateStore.name) goes as soon as it is made: who deletes it?")
            }
            return kept
        }
        let reasons = asked.map { "MeshRootCertificate \($0.metadata.name): \($0.reason)" }.joined(separator: "; ")
        guard !asked.isEmpty else { throw ControllerError(code: .state, message: "no root can sign") }
        logger.error(
            "the mesh cannot begin, since no root can sign: it is tried again", metadata: ["error": "\(reasons)"])
        await RootStatusWriter.tell(nil, asked.map { $0.status(claims, in: wishes.namespace) }, wishes.client, logger)
        return nil
    }

    /// Tries again while the API server does not answer.
    static func waiting<Value: Sendable>(
        _ logger: Logger, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        while true {
            do {
                return try await body()
            } catch let error as KubernetesError {
                logger.warning(
                    "the roots of the mesh cannot be read: it is tried again", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .seconds(2))
            }
        }
    }
}

extension Duration {
    /// In whole hours, minutes or seconds, whichever is the largest that says it to a tenth.
    var inWords: String {
        let seconds = Int((self / .seconds(1)).rounded())
        for (unit, length) in [("h", 3600), ("m", 60)] where seconds >= length {
            let count = Int((Double(seconds) / Double(length)).rounded())
            if abs(count * length - seconds) * 20 <= seconds { return "\(count)\(unit)" }
        }
        return "\(seconds)s"
    }
}

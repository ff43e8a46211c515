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
    /// As long as the mesh cannot begin, since no root can be had, it is tried again: the objects say why, or the log.
    ///
    /// - Throws: `CancellationError`.
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
        if let state = TrustPlan.begin(try await first(wishes, claims, logger)) {
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

    /// What a mesh begins with that has no state yet.
    ///
    /// Pods that run trust the root that signed before there was a state, and no other: it signs first, and what the objects
    /// ask for follows by the steps of any rotation.
    private static func first(
        _ wishes: RootWishes, _ claims: RootClaims, _ logger: Logger
    ) async throws -> TrustPlan.Wish {
        guard let former = try await wishes.former(now: Date()), former.id != claims.wish.signing?.id else {
            return claims.wish
        }
        logger.notice(
            "the mesh begins with the root that it had; the one that is asked for follows",
            metadata: ["root": "\(former.id)", "secret": "\(RootWishes.implicitSecret)"])
        return TrustPlan.Wish(signing: claims.wish.passive.first { $0.id == former.id } ?? former)
    }

    /// Tries again, later and later, until it succeeds: a Secret that cannot be used is mended by somebody, and an API server
    /// comes back, while a controller that ends helps nobody.
    ///
    /// - Throws: `CancellationError`.
    static func waiting<Value: Sendable>(
        _ logger: Logger, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        var wait = Duration.seconds(2)
        while true {
            do {
                return try await body()
            } catch let error as CancellationError {
                throw error
            } catch let error as KubernetesError {
                try Task.checkCancellation()
                logger.warning(
                    "the roots of the mesh cannot be read: it is tried again", metadata: ["error": "\(error)"])
                try await Task.sleep(for: .seconds(2))
            } catch {
                logger.error(
                    "the controller cannot begin without its roots: it waits, and tries again",
                    metadata: ["error": "\(error)"])
                try await Task.sleep(for: wait)
                wait = min(wait * 2, longestWait)
            }
        }
    }
}

extension Duration {
    /// In whole hours, minutes or seconds, whichever is the largest that says it to a tenth.
    var inWords: String {
        let seconds = Int((self / .seconds(1)).rounded())
        for (unit, length) in [("h", 3600), ("m", 60)] where seconds * 20 >= length * 19 {
            let count = Int((Double(seconds) / Double(length)).rounded())
            if abs(count * length - seconds) * 20 <= seconds { return "\(count)\(unit)" }
        }
        return "\(seconds)s"
    }
}

import CertificateAuthority
import ControlLoop
import FoundationEssentials
import KubernetesClient
import Logging
import MeshModel
import OwnedObjects
import PolicyCompiler
import Reconcilers
import ServiceLifecycle
import Synchronization
import XDSCache

/// Drives what the pods of a cluster trust, and who signs their certificates, toward what the mesh's objects ask for.
///
/// Every replica follows the state that is kept in a Secret; the leader moves it on, one step at a time, once every pod
/// and every replica has acknowledged the step before. Nothing else is remembered, so a controller that is killed at any
/// point goes on where it was.
final class ClusterTrust: ServiceLifecycle.Service {
    private struct State {
        var kept: TrustStateStore.Kept
        var bundle: TrustBundle
        var epochs = TrustEpochs()
        /// The epoch whose bundle is on its way to the cache.
        var awaited: Int64?
        var replicas: [TrustObservation.Participant] = []
        /// Since when the state is what it is, by this replica's clock.
        var changed: ContinuousClock.Instant
        var decision: TrustPlan.Decision?
        /// What the objects ask for, as the leader saw them last.
        var asked: [RootWishes.Asked] = []
        var claims: RootClaims?
        var pods = 0
        var told: [String] = []
        var problem: String?
    }

    /// Before a root is distrusted, replicas that serve no pod yet, and so tell nothing, have had so long to follow.
    ///
    /// Those that serve pods are waited for by their pods: a pod whose replica is not heard of counts as not connected.
    private static let patience = Duration.seconds(5)
    private static let interval = Duration.seconds(1)

    private let store: TrustStateStore
    private let replica: String
    private let queue: ChangeQueue
    private let cache: SnapshotCache
    private let certificates: WorkloadCertificates
    private let wishes: RootWishes
    private let isStarting: @Sendable (ObjectName) -> Bool
    private let isLeader: @Sendable () -> Bool
    private let logger: Logger
    private let state: Mutex<State>

    /// The trust of a mesh that begins with what is kept.
    ///
    /// - Parameters:
    ///   - wishes: What the mesh's objects ask for, and the keys.
    ///   - isStarting: Whether a pod has not begun to run.
    init(
        _ kept: TrustStateStore.Kept, store: TrustStateStore, replica: String, queue: ChangeQueue, cache: SnapshotCache,
        certificates: WorkloadCertificates, wishes: RootWishes, isStarting: @escaping @Sendable (ObjectName) -> Bool,
        isLeader: @escaping @Sendable () -> Bool, logger: Logger
    ) {
        self.store = store
        self.replica = replica
        self.queue = queue
        self.cache = cache
        self.certificates = certificates
        self.wishes = wishes
        self.isStarting = isStarting
        self.isLeader = isLeader
        self.logger = logger
        let bundle = TrustBundle(kept.state)
        state = Mutex(State(kept: kept, bundle: bundle, awaited: kept.state.epoch, changed: .now))
        // With the first batch, so that its revision is known.
        queue.put(bundle)
    }

    /// What there is to say about the objects; `nil` while this replica does not lead, or has not looked yet.
    var report: (mesh: RootStatus.Standing, objects: [RootStatus])? {
        state.withLock { state in
            guard let decision = state.decision, let claims = state.claims else { return nil }
            let mesh = RootStatus.Standing(state: state.kept.state, decision: decision, pods: state.pods)
            return (
                mesh,
                state.asked.map { asked in
                    RootStatus(
                        metadata: asked.metadata, issuer: asked.object?.issuer?.title ?? "", claim: asked.claim,
                        standing: asked.standing(claims, in: wishes.namespace),
                        notAfter: asked.notAfter?.formatted(.iso8601) ?? "")
                }
            )
        }
    }

    /// What this replica does about the roots, for the other replicas, and what the leader hears of them.
    var reporting: TrustReporting {
        TrustReporting(
            own: { [self] in own() },
            proxy: { [self] progress in state.withLock { $0.epochs.trust(of: progress) } },
            heard: { [self] replicas in state.withLock { $0.replicas = replicas } })
    }

    /// The state that is kept, or a first one where the mesh begins; waits for an API server that does not answer yet.
    ///
    /// - Throws: Why no root can be had, or `CancellationError`.
    static func begin(
        _ store: TrustStateStore, _ wishes: RootWishes, logger: Logger
    ) async throws -> TrustStateStore.Kept {
        try await waiting(logger) {
            if let kept = try await store.load() { return kept }
            let (claims, asked) = try await wishes.weigh(nil, now: Date())
            guard let state = TrustPlan.begin(claims.wish) else {
                throw ControllerError(
                    code: .state,
                    message: "no root can sign: "
                        + asked.map { "MeshRootCertificate \($0.metadata.name): \($0.reason)" }.joined(separator: "; "))
            }
            guard let kept = try await store.begin(state) else {
                throw ControllerError(
                    code: .state, message: "Secret \(TrustStateStore.name) goes as soon as it is made: who deletes it?")
            }
            return kept
        }
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

    /// A bundle is in the cache since a revision.
    func published(_ bundle: TrustBundle, at revision: Revision) {
        state.withLock { state in
            guard let epoch = state.awaited, state.bundle == bundle else { return }
            state.epochs.published(epoch, at: revision)
            state.awaited = nil
        }
    }

    /// Looks once a second until the process shuts down.
    func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.look()
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func own() -> TrustObservation.Participant? {
        let epoch = state.withLock(\.epochs.latest)
        return epoch == 0 ? nil : .init(name: replica, epoch: epoch, issuer: certificates.signer)
    }

    private func look() async {
        do {
            try await follow()
            if isLeader() { try await lead() } else { state.withLock { $0.decision = nil } }
            state.withLock { $0.problem = nil }
        } catch is CancellationError {
        } catch {
            let isNew = state.withLock { state in
                defer { state.problem = "\(error)" }
                return state.problem != "\(error)"
            }
            if isNew {
                logger.error(
                    "the roots of the mesh cannot be followed: what is in force stays, and it is tried again",
                    metadata: ["error": "\(error)"])
            }
        }
    }

    /// Takes up what is kept; what is gone is kept again, by the leader.
    private func follow() async throws {
        let former = state.withLock(\.kept)
        guard let kept = try await store.load() else {
            guard isLeader() else { return }
            logger.warning("the state of the mesh's roots was deleted: it is kept again")
            if let again = try await store.begin(former.state) { state.withLock { $0.kept = again } }
            return
        }
        let bundle = TrustBundle(kept.state)
        let isRebundled = state.withLock { state in
            guard kept.state != former.state else {
                state.kept = kept
                return false
            }
            (state.kept, state.changed, state.told) = (kept, .now, [])
            guard state.bundle != bundle else { return false }
            (state.bundle, state.awaited) = (bundle, kept.state.epoch)
            return true
        }
        if isRebundled { queue.put(bundle) }
        if let signer = kept.state.signer,
            certificates.signer != signer.id || certificates.trustDomain != signer.trustDomain
        {
            certificates.sign(
                with: try await wishes.authority(of: signer, now: Date()), trustDomain: signer.trustDomain)
        }
        // Only who signs differs: what is asked for from now on is signed by it.
        let revision = cache.revision
        let isMoved = state.withLock { state in
            let isDue = state.awaited == nil && state.epochs.latest < kept.state.epoch
            if isDue { state.epochs.published(kept.state.epoch, at: revision) }
            return kept.state != former.state
        }
        if isMoved {
            logger.notice(
                "the roots of the mesh: another epoch",
                metadata: [
                    "epoch": "\(kept.state.epoch)", "signing": "\(kept.state.signing)",
                    "trusted": "\(kept.state.roots.map(\.id).joined(separator: ", "))",
                ])
        }
    }

    /// Moves the state on, if everybody has done their part.
    private func lead() async throws {
        // Before that the cache knows of no pod.
        guard let own = own() else { return }
        let (kept, changed, replicas) = state.withLock { ($0.kept, $0.changed, $0.replicas) }
        let (claims, asked) = try await wishes.weigh(kept.state, now: Date())
        let pods = pods(waiving: Set(asked.flatMap(\.waived)))
        let decision = TrustPlan.decide(
            kept.state, claims.wish, TrustObservation(pods: pods, participants: [own] + replicas))
        state.withLock { state in
            (state.decision, state.claims, state.asked, state.pods) = (decision, claims, asked, pods.count)
        }
        guard let next = decision.next else { return tell(decision) }
        let isRemoval = !Set(kept.state.roots.map(\.id)).isSubset(of: next.roots.map(\.id))
        guard !isRemoval || .now - changed >= Self.patience else { return }
        if try await store.replace(kept, with: next) { try await follow() }
    }

    private func pods(waiving waived: Set<String>) -> [TrustObservation.Pod] {
        let epochs = state.withLock(\.epochs)
        return cache.progress().compactMap { proxy, progress in
            if !progress.isConnected, progress.since == nil, isStarting(proxy.pod) { return nil }
            let trust = epochs.trust(of: progress)
            return TrustObservation.Pod(
                name: proxy.pod.description, isConnected: progress.isConnected, epoch: trust?.epoch ?? 0,
                issuer: trust?.issuer, isWaived: waived.contains("*") || waived.contains(proxy.pod.description))
        }
    }

    /// Names whom a step waits for, each time they are others.
    private func tell(_ decision: TrustPlan.Decision) {
        let missing = decision.participants + decision.pods
        let isNew = state.withLock { state in
            defer { state.told = missing }
            return state.told != missing
        }
        guard isNew, !missing.isEmpty else { return }
        logger.notice(
            "the roots of the mesh: waiting",
            metadata: [
                "step": "\(decision.step.rawValue)", "pods": "\(decision.pods.count)",
                "first": "\(missing.prefix(10).joined(separator: ", "))",
            ])
    }
}

extension ClusterTrust: CustomStringConvertible {
    /// What logs of the process call it.
    var description: String { "trust" }
}

extension TrustBundle {
    /// What a state says that pods are to trust.
    init(_ state: TrustState) {
        self.init(
            trustDomains: state.trustDomains, formerTrustDomains: state.formerTrustDomains, rootsPEM: state.trustedPEM)
    }
}

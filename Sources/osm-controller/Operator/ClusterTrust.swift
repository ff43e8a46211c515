import CertificateAuthority
import CertificateIssuers
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
        /// Since when this replica leads.
        var leading: ContinuousClock.Instant?
        var problem: String?
        /// The root whose signer is in use here, and why that of the state cannot be.
        var signer: TrustState.Root?
        var obstacle: String?
    }

    /// Before a root is distrusted, replicas that serve no pod yet, and so tell nothing, have had so long to follow.
    ///
    /// Those that serve pods are waited for by their pods: a pod whose replica is not heard of counts as not connected.
    private static let patience = Duration.seconds(5)
    private static let interval = Duration.seconds(1)
    /// By then every pod that can has connected again: a sidecar waits half a minute between two tries at most.
    static let acquaintance = Duration.seconds(45)

    private let store: TrustStateStore
    private let replica: String
    private let queue: ChangeQueue
    private let cache: SnapshotCache
    private let certificates: WorkloadCertificates
    private let wishes: RootWishes
    private let gateway: GatewayHolding
    private let isStarting: @Sendable (ObjectName) -> Bool
    private let isLeader: @Sendable () -> Bool
    private let logger: Logger
    private let state: Mutex<State>

    /// The trust of a mesh that begins with what is kept.
    ///
    /// - Parameters:
    ///   - wishes: What the mesh's objects ask for, and the keys.
    ///   - gateway: Who holds a certificate beside pods.
    ///   - isStarting: Whether a pod has not begun to run.
    init(
        _ kept: TrustStateStore.Kept, store: TrustStateStore, replica: String, queue: ChangeQueue, cache: SnapshotCache,
        certificates: WorkloadCertificates, wishes: RootWishes, gateway: GatewayHolding,
        isStarting: @escaping @Sendable (ObjectName) -> Bool, isLeader: @escaping @Sendable () -> Bool, logger: Logger
    ) {
        self.store = store
        self.replica = replica
        self.queue = queue
        self.cache = cache
        self.certificates = certificates
        self.wishes = wishes
        self.gateway = gateway
        self.isStarting = isStarting
        self.isLeader = isLeader
        self.logger = logger
        let bundle = TrustBundle(kept.state)
        state = Mutex(State(kept: kept, bundle: bundle, awaited: kept.state.epoch, changed: .now))
        // With the first batch, so that its revision is known.
        queue.put(bundle)
    }

    /// The last epoch that is in effect on this replica; 0 for none.
    var epochInEffect: Int64 { state.withLock(\.epochs.latest) }

    /// For how many pods a rotation waits; 0 while this replica does not lead.
    var waitingPods: Int { state.withLock { $0.decision?.pods.count ?? 0 } }

    /// How the issuer elsewhere that signs stands; `nil` where the controller signs itself.
    var issuer: (isUp: Bool, waiting: Int)? { wishes.issuers.standing.map { ($0.isUp, $0.waiting) } }

    /// What is trusted now, and who signs.
    var current: TrustState { state.withLock(\.kept.state) }

    /// What there is to say about the objects; `nil` while this replica does not lead, or has not looked yet.
    var report: (mesh: RootStatus.Standing, objects: [RootStatus])? {
        state.withLock { state in
            guard let decision = state.decision, let claims = state.claims else { return nil }
            let mesh = RootStatus.Standing(
                state: state.kept.state, decision: decision, pods: state.pods, hasGateway: gateway.held != nil)
            let signer = state.kept.state.signer
            let trouble = signer.flatMap { wishes.issuers.trouble(with: $0) }
            return (
                mesh,
                state.asked.map { asked in
                    var status = asked.status(claims, in: wishes.namespace)
                    status.life = (try? asked.claim.root.get())?.life
                    if asked.metadata.namespace == wishes.namespace, asked.metadata.name == signer?.object {
                        status.trouble = trouble
                        let refusal = signer.map { wishes.issuers.remark(on: $0) } ?? ""
                        status.remark = [remark, refusal].filter { !$0.isEmpty }.joined(separator: "; ")
                    }
                    return status
                }
            )
        }
    }

    /// What is to know of the certificates that are issued.
    private var remark: String {
        guard let (given, asked) = certificates.shortened else { return "" }
        return "its issuer gives them for \(given.inWords) instead of the \(asked.inWords) of the MeshConfig"
    }

    /// What this replica does about the roots, for the other replicas, and what the leader hears of them.
    var reporting: TrustReporting {
        TrustReporting(
            own: { [self] in own() },
            proxy: { [self] progress in state.withLock { $0.epochs.trust(of: progress) } },
            heard: { [self] replicas in state.withLock { $0.replicas = replicas } })
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
            if isLeader() { try await lead() } else { state.withLock { ($0.decision, $0.leading) = (nil, nil) } }
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
            // An older state that somebody put back: what was acknowledged of later ones says nothing of it.
            if kept.state.epoch < former.state.epoch { state.epochs = TrustEpochs() }
            (state.kept, state.changed, state.told) = (kept, .now, [])
            guard state.bundle != bundle else { return false }
            (state.bundle, state.awaited) = (bundle, kept.state.epoch)
            return true
        }
        if isRebundled { queue.put(bundle) }
        if let signer = kept.state.signer { try await sign(with: signer) }
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

    /// Lets the root of the state sign here, if it can.
    ///
    /// Where it cannot, what signed goes on, the objects' conditions say why, and the leader can lead to another root.
    private func sign(with root: TrustState.Root) async throws {
        let isSame = state.withLock { state in
            // Two objects may name one root: of whoever signs only the source and the names matter.
            state.signer.map {
                $0.id == root.id && $0.pem == root.pem && $0.source == root.source
                    && $0.trustDomain == root.trustDomain
            } ?? false
        }
        guard !isSame || certificates.signer != root.id else { return }
        do {
            certificates.sign(with: try await wishes.signer(of: root, now: Date()), trustDomain: root.trustDomain)
            state.withLock { ($0.signer, $0.obstacle) = (root, nil) }
        } catch let failure as IssuerFailure {
            obstructed(failure.message)
        } catch let error as CertificateAuthorityError {
            obstructed(error.message)
        }
    }

    private func obstructed(_ obstacle: String) {
        let isNew = state.withLock { state in
            defer { state.obstacle = obstacle }
            return state.obstacle != obstacle
        }
        guard isNew else { return }
        logger.error("the root that is to sign cannot be used: it is tried again", metadata: ["error": "\(obstacle)"])
    }

    /// Moves the state on, if everybody has done their part.
    private func lead() async throws {
        // Before that the cache knows of no pod, and nobody of the gateway.
        guard let own = own(), let holders = gateway.participants(at: Date()) else { return }
        let (kept, changed, replicas) = state.withLock { ($0.kept, $0.changed, $0.replicas) }
        let (claims, asked) = try await wishes.weigh(kept.state, now: Date())
        if let signer = kept.state.signer { wishes.issuers.watch(signer) }
        let pods = pods(waiving: waived(asked, claims))
        let decision = TrustPlan.decide(
            kept.state, claims.wish, TrustObservation(pods: pods, participants: [own] + replicas + holders))
        state.withLock { state in
            (state.decision, state.claims, state.asked, state.pods) = (decision, claims, asked, pods.count)
        }
        guard let next = decision.next else { return tell(decision) }
        let isRemoval = !Set(kept.state.roots.map(\.id)).isSubset(of: next.roots.map(\.id))
        guard !isRemoval || .now - changed >= Self.patience else { return }
        if try await store.replace(kept, with: next) { try await follow() }
    }

    /// The pods that are gone on without, as objects say whose roots are in use.
    ///
    /// A leader that has just begun does not know yet who is connected: for a while it waits for everybody.
    private func waived(_ asked: [RootWishes.Asked], _ claims: RootClaims) -> Set<String> {
        let begin = state.withLock { state in
            let begin = state.leading ?? .now
            state.leading = begin
            return begin
        }
        guard .now - begin >= Self.acquaintance else { return [] }
        let counted = asked.filter { asked in
            switch asked.standing(claims, in: wishes.namespace) {
            case .signing, .trusted: asked.metadata.namespace == wishes.namespace
            case .superseded, .inactive, .unusable: false
            }
        }
        return Set(counted.flatMap(\.waived))
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

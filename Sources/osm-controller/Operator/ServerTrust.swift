import CertificateAuthority
import FoundationEssentials
import Injector
import Logging
import MeshModel
import OwnedObjects
import ServiceLifecycle
import Synchronization
import XDSCache

/// Drives the control plane's own servers from one root to another, when that is asked for or the root grows old.
///
/// Every replica follows what is kept in the Secret; the leader moves it on, one step at a time. Nothing else is remembered
/// but since when the roots are where pods get them, so a controller that is killed at any point goes on where it was.
final class ServerTrust: ServiceLifecycle.Service {
    private struct State {
        var kept: ServerRootStore.Kept
        /// The roots that the ConfigMaps and the webhooks were seen to hold, and since when, by this replica's clock.
        var bundled: (pem: String, since: ContinuousClock.Instant)?
        var registered: (pem: String, since: ContinuousClock.Instant)?
        /// The namespaces whose ConfigMap does not hold the roots yet.
        var missing: [String] = []
        /// What the other replicas show.
        var replicas: [String: String?] = [:]
        var told: [String] = []
        var problem: String?
        /// Since when this replica leads.
        var leading: ContinuousClock.Instant?
        var onChange: @Sendable () -> Void = {}
    }

    private static let interval = Duration.seconds(1)
    /// A replica that lives keeps a Secret that was deleted again within this time.
    private static let patience = Duration.seconds(20)

    private let store: ServerRootStore
    private let replica: String
    private let cache: SnapshotCache
    private let certificate: ServingCertificate
    private let delay: Duration
    private let hasWebhooks: Bool
    private let isStarting: @Sendable (ObjectName) -> Bool
    private let isLeader: @Sendable () -> Bool
    private let logger: Logger
    private let state: Mutex<State>

    /// The trust in servers that begin with what is kept.
    ///
    /// - Parameters:
    ///   - certificate: What the servers show.
    ///   - delay: How long a ConfigMap may take to reach the pods that mount it.
    ///   - isStarting: Whether a pod has not begun to run.
    /// - Throws: `CertificateAuthorityError` where no certificate can be issued.
    init(
        _ kept: ServerRootStore.Kept, store: ServerRootStore, replica: String, cache: SnapshotCache,
        certificate: ServingCertificate, delay: Duration, hasWebhooks: Bool,
        isStarting: @escaping @Sendable (ObjectName) -> Bool, isLeader: @escaping @Sendable () -> Bool, logger: Logger
    ) throws {
        self.store = store
        self.replica = replica
        self.cache = cache
        self.certificate = certificate
        self.delay = delay
        self.hasWebhooks = hasWebhooks
        self.isStarting = isStarting
        self.isLeader = isLeader
        self.logger = logger
        state = Mutex(State(kept: kept))
        try certificate.show(kept.roots.signing.authority, former: kept.roots.previous?.authority)
    }

    /// What is kept, or a first root where the mesh begins; waits for an API server that does not answer yet, for a Secret
    /// that cannot be used to be mended, and for another replica where a root is gone that pods know.
    ///
    /// - Throws: `CancellationError`.
    static func begin(
        _ store: ServerRootStore, meshName: String, logger: Logger
    ) async throws -> ServerRootStore.Kept {
        let limit = ContinuousClock.now + patience
        while true {
            let isForced = ContinuousClock.now >= limit
            let kept = try await ClusterTrust.waiting(logger) {
                try await store.loadOrBegin(meshName: meshName, isForced: isForced, now: Date())
            }
            if let kept {
                if isForced {
                    logger.error("\(lost): a new one is made, and pods lose the control plane until they know it")
                }
                return kept
            }
            logger.warning("\(lost): another replica, if there is one, keeps it again")
            try await Task.sleep(for: .seconds(2))
        }
    }

    private static let lost =
        "the Secret \(ServerRootStore.name) with the root by which pods know the control plane is gone"

    /// The roots by which the servers are to be known, as PEM.
    var trustedPEM: String { state.withLock(\.kept.roots.trustedPEM) }

    /// Until when each of the roots is valid, by identifier.
    var ends: [String: Date] {
        let roots = state.withLock(\.kept.roots)
        return [roots.signing, roots.next, roots.previous].compactMap { $0 }.reduce(into: [:]) {
            $0[$1.id] = $1.authority.notAfter
        }
    }

    /// What this replica's servers show, for the other replicas, and what the leader hears of them.
    var reporting: ServerReporting {
        ServerReporting(
            own: { [self] in certificate.root },
            heard: { [self] replicas in state.withLock { $0.replicas = replicas } })
    }

    /// Has a closure called whenever ``trustedPEM`` has changed.
    func onChange(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.onChange = body } }

    /// A look at all ConfigMaps found this.
    func bundled(_ pass: TrustBundleWriter.Pass) {
        state.withLock { state in
            guard let pem = pass.files[Self.file] else { return }
            state.missing = pass.missing
            // A namespace that comes later gives its pods the roots when they begin.
            if pass.missing.isEmpty, state.bundled?.pem != pem { state.bundled = (pem, .now) }
        }
    }

    /// The file of the ConfigMap that holds the roots.
    private static let file = ProxyFiles.authorities

    /// The API server knows the webhooks by these roots.
    func registered(_ rootsPEM: String) {
        state.withLock { if $0.registered?.pem != rootsPEM { $0.registered = (rootsPEM, .now) } }
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

    private func look() async {
        do {
            guard try await follow() else { return }
            if isLeader() {
                try await lead()
            } else {
                state.withLock { state in
                    (state.bundled, state.registered, state.told, state.leading) = (nil, nil, [], nil)
                }
            }
            state.withLock { $0.problem = nil }
        } catch is CancellationError {
        } catch {
            let isNew = state.withLock { state in
                defer { state.problem = "\(error)" }
                return state.problem != "\(error)"
            }
            guard isNew else { return }
            logger.error(
                "the root of the control plane's servers cannot be followed: what is in force stays, and it is tried again",
                metadata: ["error": "\(error)"])
            if isLeader(), let message = Self.message(error) {
                try? await store.tell("what is in force stays: \(message)", about: nil)
            }
        }
    }

    /// What to say in the Secret; `nil` where that is not its fault.
    private static func message(_ error: any Error) -> String? {
        (error as? CertificateAuthorityError)?.message ?? (error as? OwnedObjectsError)?.message
    }

    /// Takes up what is kept; what is gone is kept again, by the leader.
    ///
    /// - Returns: Whether it can be gone on with.
    private func follow() async throws -> Bool {
        let former = state.withLock(\.kept)
        guard let kept = try await store.load(now: Date()) else {
            guard isLeader() else { return false }
            logger.warning("the root of the control plane's servers was deleted: it is kept again")
            _ = try await store.restore(former)
            return false
        }
        if let problem = kept.problem { throw OwnedObjectsError(secret: problem) }
        guard kept.roots.state != former.roots.state else {
            state.withLock { $0.kept = kept }
            return true
        }
        try certificate.show(kept.roots.signing.authority, former: kept.roots.previous?.authority)
        let onChange = state.withLock { state in
            (state.kept, state.told, state.bundled, state.registered) = (kept, [], nil, nil)
            return state.onChange
        }
        onChange()
        let roots = kept.roots
        logger.notice(
            "the root of the control plane's servers: another step",
            metadata: [
                "signing": "\(roots.signing.id)", "next": "\(roots.next?.id ?? "")",
                "previous": "\(roots.previous?.id ?? "")",
            ])
        return true
    }

    /// Moves the state on, if everybody has done their part, and says where it stands.
    private func lead() async throws {
        // Before that the cache knows of no pod.
        guard cache.revision > 0 else { return }
        let now = ContinuousClock.now
        let (kept, since, replicas, missing) = state.withLock { state in
            (state.kept, distributed(state), state.replicas, state.missing)
        }
        let begin = state.withLock { state in
            let begin = state.leading ?? now
            state.leading = begin
            return begin
        }
        // A leader that has just begun does not know yet who is connected: for a while it waits for everybody.
        let pods = pods(waiving: now - begin >= ClusterTrust.acquaintance ? kept.request.waived : [])
        let isOld = kept.roots.previous == nil && kept.roots.signing.authority.isInLastThird(at: Date())
        let decision = ServerTrustPlan.decide(
            kept.roots.state,
            .init(
                isWanted: kept.request.isRotation || isOld, isDistributed: since.map { now - $0 >= delay } ?? false,
                pods: pods, replicas: replicas.merging([replica: certificate.root]) { $1 }))
        if let change = decision.change {
            guard try await store.change(kept, change, now: Date()) else { return }
            logger.notice("the root of the control plane's servers: \(Self.words(change))")
            _ = try await follow()
            return
        }
        tell(decision)
        try await store.tell(status(decision, kept.roots, since != nil, missing, pods.count), about: kept)
    }

    /// Since when the roots are wherever pods and the API server get them; `nil` if they are not.
    private func distributed(_ state: State) -> ContinuousClock.Instant? {
        let pem = state.kept.roots.trustedPEM
        guard let bundled = state.bundled, bundled.pem == pem else { return nil }
        guard hasWebhooks else { return bundled.since }
        guard let registered = state.registered, registered.pem == pem else { return nil }
        return max(bundled.since, registered.since)
    }

    private func pods(waiving waived: Set<String>) -> [ServerTrustPlan.Observation.Pod] {
        cache.progress().compactMap { proxy, progress in
            if !progress.isConnected, progress.since == nil, isStarting(proxy.pod) { return nil }
            return ServerTrustPlan.Observation.Pod(
                name: proxy.pod.description, isConnected: progress.isConnected, root: progress.serverRoot,
                isWaived: waived.contains("*") || waived.contains(proxy.pod.description))
        }
    }

    /// Names whom a step waits for, each time they are others.
    private func tell(_ decision: ServerTrustPlan.Decision) {
        let missing = decision.replicas + decision.pods
        let isNew = state.withLock { state in
            defer { state.told = missing }
            return state.told != missing
        }
        guard isNew, !missing.isEmpty else { return }
        logger.notice(
            "the root of the control plane's servers: waiting",
            metadata: [
                "step": "\(decision.step.rawValue)", "pods": "\(decision.pods.count)",
                "first": "\(missing.prefix(10).joined(separator: ", "))",
            ])
    }

    private func status(
        _ decision: ServerTrustPlan.Decision, _ roots: ServerRoots, _ isBundled: Bool, _ missing: [String], _ pods: Int
    ) -> String {
        func named(_ names: [String]) -> String {
            (names.prefix(3) + (names.count > 3 ? ["\(names.count - 3) more"] : [])).joined(separator: ", ")
        }
        switch decision.step {
        case .settled:
            return "settled: root \(roots.signing.id), until \(roots.signing.authority.notAfter.formatted(.iso8601))"
        case .distributing:
            let next = "step 1 of 2: root \(roots.next?.id ?? "")"
            guard isBundled else {
                let places = missing.isEmpty ? "" : ": missing in \(named(missing))"
                return "\(next) is written into ConfigMaps and webhooks\(places)"
            }
            return
                "\(next) is in all ConfigMaps and webhooks; their kubelets have \(delay.components.seconds) s to mount it"
        case .reconnecting:
            let waiting = decision.pods + decision.replicas.map { "replica \($0)" }
            return
                "step 2 of 2: \(pods - decision.pods.count)/\(pods) proxies have connected under root \(roots.signing.id), "
                + "waiting for \(named(waiting))"
        }
    }

    private static func words(_ change: ServerTrustPlan.Change) -> String {
        switch change {
        case .begin: "another one is made, and made known"
        case .cancel: "the next one is withdrawn"
        case .advance: "the next one signs"
        case .finish: "the former one is let go"
        }
    }
}

extension ServerTrust: CustomStringConvertible {
    /// What logs of the process call it.
    var description: String { "trust in servers" }
}

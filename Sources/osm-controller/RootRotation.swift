import CertificateAuthority
import FoundationEssentials
import Logging
import MeshModel
import PolicyCompiler
import Reconcilers
import ServiceLifecycle
import Synchronization
import XDSCache

/// Drives what proxies trust, and who signs their certificates, toward what the files of the state directory say.
///
/// The files are the authority: an operator's command begins a replacement by making one, each step that every pod
/// has acknowledged ends with a rename, and a controller that starts in the midst goes on from what it finds. A pod
/// counts whether it is connected or not, so one that is cut off holds a step until it is back or its manifest is gone.
/// While a manifest cannot be read there may be pods of which nothing is known, so no step ends.
final class RootRotation: ServiceLifecycle.Service {
    private struct State {
        /// What the files said when last read.
        var roots: RootFiles.Roots
        /// What every pod must trust, and the revision that published it, once it is.
        var bundle: TrustBundle
        var revision: Revision?
        /// The cache's revision when the root that signs began to: what was asked for later is signed by it.
        var switched: Revision = 0
        /// The pods that the log has named as missing.
        var told: [ProxyID] = []
        var problem: String?
        /// Whether the end of a replacement is still to be told.
        var isEnding = false
    }

    private let files: RootFiles
    private let trustDomain: String
    private let queue: ChangeQueue
    private let cache: SnapshotCache
    private let certificates: WorkloadCertificates
    private let areAllPodsKnown: @Sendable () -> Bool
    private let now: @Sendable () -> Date
    private let logger: Logger
    private let state: Mutex<State>

    /// A rotation that begins with the roots that are in force.
    ///
    /// - Parameter areAllPodsKnown: Whether every manifest could be read.
    init(
        _ files: RootFiles, roots: RootFiles.Roots, trustDomain: String, queue: ChangeQueue, cache: SnapshotCache,
        certificates: WorkloadCertificates, areAllPodsKnown: @escaping @Sendable () -> Bool,
        now: @escaping @Sendable () -> Date, logger: Logger
    ) {
        self.files = files
        self.trustDomain = trustDomain
        self.queue = queue
        self.cache = cache
        self.certificates = certificates
        self.areAllPodsKnown = areAllPodsKnown
        self.now = now
        self.logger = logger
        let bundle = TrustBundle(trustDomains: [trustDomain], rootsPEM: roots.trustedPEM)
        state = Mutex(State(roots: roots, bundle: bundle))
        // With the first batch, so that its revision is known.
        queue.put(bundle)
        if roots.plan.step != .settled { tell(roots.plan) }
    }

    /// Looks once a second until the process shuts down.
    func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                self.look()
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// A bundle is in the cache since a revision.
    func published(_ bundle: TrustBundle, at revision: Revision) {
        state.withLock { state in
            if state.bundle == bundle, state.revision == nil { state.revision = revision }
        }
    }

    private func look() {
        do {
            try takeUp(try files.load(now: now()))
            while let plan = finishedPlan() {
                try files.advance(from: plan, now: now())
                try takeUp(try files.load(now: now()))
            }
            state.withLock { $0.problem = nil }
        } catch {
            let isNew = state.withLock { state in
                defer { state.problem = "\(error)" }
                return state.problem != "\(error)"
            }
            if isNew {
                logger.error("the roots cannot be read; what was in force stays so", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Takes up what the files say.
    private func takeUp(_ roots: RootFiles.Roots) throws {
        let (former, isRebundled) = try state.withLock { state in
            let former = state.roots.plan
            guard former.trusted.contains(roots.signing.identifier) else {
                throw ControllerError(
                    code: .state,
                    message: "the root that signs was exchanged for one that no pod trusts: put it back and use"
                        + " replace-root, or restart the controller if connections may fail meanwhile")
            }
            state.roots = roots
            let bundle = TrustBundle(trustDomains: [trustDomain], rootsPEM: roots.trustedPEM)
            guard state.bundle != bundle else { return (former, false) }
            state.bundle = bundle
            state.revision = nil
            return (former, true)
        }
        let plan = roots.plan
        if isRebundled { queue.put(state.withLock { $0.bundle }) }
        if certificates.signer != plan.signing {
            certificates.sign(with: roots.signing)
            let revision = cache.revision
            state.withLock { $0.switched = revision }
        }
        guard plan != former else { return }
        state.withLock { state in
            state.told = []
            state.isEnding = true
        }
        tell(plan)
    }

    /// The plan whose step every pod has done its part of, if that ends it.
    private func finishedPlan() -> RootPlan? {
        let (plan, published, switched, isEnding) = state.withLock {
            ($0.roots.plan, $0.revision, $0.switched, $0.isEnding)
        }
        // Before that the cache knows of no pod, and every pod of none would have done its part.
        guard let published else { return nil }
        guard plan.step != .settled || isEnding || plan.previous != nil, areAllPodsKnown() else { return nil }
        let missing = cache.progress().filter {
            !plan.isDone(by: RootPlan.PodTrust($0.value, since: max(published, switched)))
        }
        guard missing.isEmpty else {
            tell(missing, plan)
            return nil
        }
        if plan == RootPlan(signing: plan.signing) {
            state.withLock { $0.isEnding = false }
            logger.notice("root replacement: done", metadata: ["root.signing": "\(plan.signing)"])
            return nil
        }
        return plan
    }

    private func tell(_ plan: RootPlan) {
        logger.notice(
            "root replacement: \(plan.step)",
            metadata: [
                "root.signing": "\(plan.signing)", "root.next": "\(plan.next ?? "none")",
                "root.previous": "\(plan.previous ?? "none")",
            ])
    }

    /// Names the pods that a step waits for, each time they are others.
    private func tell(_ missing: [ProxyID: ProxyProgress], _ plan: RootPlan) {
        let pods = missing.keys.sorted()
        let isNew = state.withLock { state in
            defer { state.told = pods }
            return state.told != pods
        }
        guard isNew else { return }
        let names = pods.prefix(10).map { "\($0)\(missing[$0]?.isConnected == true ? "" : " (not connected)")" }
        logger.notice(
            "root replacement: waiting for pods; a pod that will not come back is left out by removing its manifest",
            metadata: [
                "root.step": "\(plan.step)", "pods": "\(pods.count)", "pods.first": "\(names.joined(separator: ", "))",
            ])
    }
}

extension RootRotation: CustomStringConvertible {
    /// What logs of the process call it.
    var description: String { "root rotation" }
}

extension RootPlan.PodTrust {
    /// What a pod has acknowledged, as the cache knows it.
    ///
    /// A proxy that has no certificate of its workload needs none, once all that it sees is in force.
    fileprivate init(_ progress: ProxyProgress, since revision: Revision) {
        self.init(
            isCurrent: progress.isConnected && progress.acknowledged >= revision
                && !progress.refusals.contains { $0.key.name.type == .secret },
            issuer: progress.workloadVersion.map { WorkloadCertificates.signer(ofVersion: $0) ?? "unknown" })
    }
}

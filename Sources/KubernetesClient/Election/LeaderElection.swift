internal import FoundationEssentials
internal import Logging
public import MeshModel
internal import Synchronization

/// Chooses one of several replicas by a Lease.
///
/// A replica that cannot renew the Lease stops counting itself as leader before another one may take over, by its own
/// clock, whatever the API server does. The verbs `get`, `create` and `patch` on `leases` are needed.
public final class LeaderElection: Sendable {
    private let client: KubernetesClient
    private let lease: ObjectName
    private let identity: String
    private let timing: ElectionTiming
    private let onChange: @Sendable (Bool) -> Void
    private let state: Mutex<ElectionState>

    /// A candidate; it takes part while ``run()`` runs.
    ///
    /// - Parameters:
    ///   - client: The API server.
    ///   - lease: The Lease; it is made if it does not exist.
    ///   - identity: This replica's name, which no other has: in a cluster the pod's.
    ///   - timing: How long a leadership lasts and how often it is renewed.
    ///   - onChange: Hears each time whether this replica now leads; called from ``run()``, not to wait in.
    public init(
        client: KubernetesClient, lease: ObjectName, identity: String, timing: ElectionTiming = ElectionTiming(),
        onChange: @escaping @Sendable (Bool) -> Void = { _ in }
    ) {
        self.client = client
        self.lease = lease
        self.identity = identity
        self.timing = timing
        self.onChange = onChange
        state = Mutex(ElectionState(identity: identity, timing: timing))
    }

    /// Whether this replica leads at this moment.
    public var isLeader: Bool { state.withLock { $0.isLeader(at: .now) } }

    /// Who holds the Lease, as far as this replica knows; `nil` for nobody.
    public var holder: String? { state.withLock { $0.holder } }

    /// Takes part until the task is cancelled; then gives up a leadership so that another replica takes over at once.
    public func run() async throws {
        var wasLeader = false
        var lastFailure: KubernetesError.Code?
        while !Task.isCancelled {
            do {
                try await withTimeLimit { try await self.attempt() }
                lastFailure = nil
            } catch {
                guard !Task.isCancelled else { break }
                let failure = KubernetesError(transport: error, action: "lease", server: client.access.server)
                if lastFailure != failure.code { logFailure(failure) }
                lastFailure = failure.code
            }
            report(isLeader, &wasLeader)
            // Others try at different times.
            let pause = timing.retryPeriod * (isLeader ? 1 : Double.random(in: 1...1.2))
            do {
                try await Task.sleep(until: leadershipEnd(orAtMost: .now + pause), clock: .continuous)
            } catch {
                break
            }
            report(isLeader, &wasLeader)
        }
        state.withLock { $0.resign() }
        report(false, &wasLeader)
        await release()
    }

    private func report(_ isLeader: Bool, _ wasLeader: inout Bool) {
        guard isLeader != wasLeader else { return }
        wasLeader = isLeader
        client.metrics.leads(lease, isLeader)
        let metadata: Logger.Metadata = ["kubernetes.lease": "\(lease)", "kubernetes.identity": "\(identity)"]
        client.logger.info(
            isLeader ? "This replica leads." : "This replica does not lead any more.", metadata: metadata)
        onChange(isLeader)
    }

    private func logFailure(_ error: KubernetesError) {
        client.logger.warning(
            "The lease cannot be read or renewed; it is tried again.",
            metadata: ["kubernetes.lease": "\(lease)", "error": "\(error)"])
    }

    /// Reads the lease, and takes or renews it if that is to be done.
    private func attempt() async throws {
        let lease = try await client.get(.lease, lease, as: Lease.self)
        let step = state.withLock { state in
            state.observe(lease, at: .now)
            return state.step(at: .now, time: Self.time)
        }
        let sent = ContinuousClock.now
        do {
            guard let written = try await write(step, survivesCancellation: false) else { return }
            state.withLock { $0.wrote(written, sent: sent) }
        } catch let error as KubernetesError where error.code == .conflict {
            // Somebody else was quicker: the next look tells who.
        }
    }

    private func write(_ step: ElectionState.Step, survivesCancellation: Bool) async throws -> Lease? {
        var request: APIRequest
        switch step {
        case .wait: return nil
        case .create(let spec):
            let body = Lease(metadata: .init(name: lease.name, namespace: lease.namespace), spec: spec)
            request = .create(.lease, namespace: lease.namespace, body: try body.jsonBytes())
        case .update(let spec, let resourceVersion):
            let body = Lease(apiVersion: nil, kind: nil, metadata: .init(resourceVersion: resourceVersion), spec: spec)
            request = .mergePatch(.lease, lease, body: try body.jsonBytes())
        }
        request.survivesCancellation = survivesCancellation
        return try await client.send(request).decoded(as: Lease.self, request.action)
    }

    /// Gives the lease up, if it is this replica's; if that fails, others wait for the lease's end.
    private func release() async {
        for _ in 0..<Self.releaseAttempts {
            do {
                // Whether the last renewal was heard is not known: the request may have been cancelled.
                var request = APIRequest.get(.lease, lease)
                request.survivesCancellation = true
                let stored = try await client.send(request).decoded(as: Lease.self, request.action)
                let step = state.withLock { $0.release(stored, at: .now, time: Self.time) }
                _ = try await write(step, survivesCancellation: true)
                return
            } catch let error as KubernetesError where error.code == .conflict {
                // That renewal has been heard just now, or another replica has the lease: the next look tells which.
            } catch let error as KubernetesError where error.code == .notFound {
                return
            } catch {
                return logFailure(KubernetesError(transport: error, action: "release", server: client.access.server))
            }
        }
    }

    /// A renewal that was cancelled comes between once; whoever else writes a lease that it does not hold does so seldom.
    private static let releaseAttempts = 5

    /// Ends an attempt that takes too long, and in any case when the leadership ends.
    private func withTimeLimit(_ body: @escaping @Sendable () async throws -> Void) async throws {
        // Who does not lead has time: a connection that is given up while it is made costs the server for nothing.
        let deadline = leadershipEnd(orAtMost: .now + (isLeader ? timing.renewDeadline / 2 : timing.leaseDuration))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(until: deadline, clock: .continuous)
                throw KubernetesError(.transport, "the API server does not answer in time")
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// When this replica's leadership ends unless it is renewed, if that is before another moment.
    private func leadershipEnd(orAtMost limit: ContinuousClock.Instant) -> ContinuousClock.Instant {
        state.withLock { $0.end(at: .now) }.map { min($0, limit) } ?? limit
    }

    private static var time: String {
        MicroTime.text(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }
}

internal import FoundationEssentials
internal import Logging
internal import MeshModel
internal import NIOCore
internal import Synchronization
internal import XDSCache

/// The shell around one stream: what arrives goes into the pure state, what the state wants sent is sent.
///
/// The stream's event loop hands it what arrives and takes from it what goes out, as long as the proxy takes it; a clock
/// ticks, and a task waits for certificates that take time. Whatever happens meanwhile gathers in the state by name, so a
/// slow proxy costs no memory and holds up nobody else.
final class ProxySession: Sendable {
    struct State {
        var stream: ProxyStream
        var workload: Resource?
        var certificate = CertificateState()
        var allowance = RequestAllowance()
        var hasAsked = false
        /// Whether the proxy has asked about addresses of which nobody may have looked what there is at them.
        var isAsking = false
        /// What was last told of its progress.
        var reported: StreamProgress?
        var ending: StreamStatus?
        var fetching = Fetching()
    }

    /// The largest request that is taken up: the versions of all that a proxy with 20,000 services has.
    static let maximumRequest = 2 << 20

    /// The cache's view, and the one secret that belongs to this proxy alone.
    private struct View: ResourceView {
        let connection: CacheConnection
        let workload: Resource?
        /// Whether it is not known yet what there is at some address about which the proxy asked: told once, so that what
        /// follows from it goes together.
        let isAsking: Bool

        func resource(_ name: ResourceName) -> Resource? {
            if name == .workloadSecret { return workload }
            if name.type == .cluster, let address = name.onDemandAddress { return onDemandCluster(at: address) }
            return connection.resource(name)
        }
        func resource(
            _ name: ResourceName, with types: [ResourceType]
        ) -> (resource: Resource, references: [Resource])? {
            if name == .workloadSecret { return workload.map { ($0, []) } }
            if name.type == .cluster, let address = name.onDemandAddress {
                return onDemandCluster(at: address).map { ($0, []) }
            }
            return connection.resource(name, with: types)
        }
        func names(of type: ResourceType) -> [String] { connection.names(of: type) }

        /// `nil` while it is not known what there is at the address.
        private func onDemandCluster(at address: MeshModel.SocketAddress) -> Resource? {
            guard !isAsking else { return nil }
            return OnDemandClusters.cluster(
                at: address, isClaimed: connection.resource(.onDemandListener(at: address)) != nil,
                passthrough: connection.resource(.passthrough))
        }
        // Without its certificate a cluster would go live that can reach nobody. And what is asked about may bring back
        // anything that the proxy has.
        func isExpected(_ name: ResourceName) -> Bool { name == .workloadSecret || isAsking }
        func replacement(of name: ResourceName) -> Resource? { .closedDoor(name) }
    }

    let proxy: AuthenticatedProxy
    private let connection: CacheConnection
    let secrets: any WorkloadSecretSource
    let errands: Errands
    /// Has ``next()`` called soon.
    let wake: @Sendable () -> Void
    private let metrics: XDSMetrics
    let logger: Logger
    /// When the stream ends: in the last tenth of what remains of the token's life, for each pod at another moment, so
    /// that pods that were made together do not come back together.
    ///
    /// By then the kubelet has renewed the token.
    private let lastMoment: Date
    private let variant: ProxyStream.Variant
    private let begin = ContinuousClock.now
    /// How long a proxy may ask nothing at first.
    private let patience: Duration
    let state: Mutex<State>

    init(
        _ variant: ProxyStream.Variant, proxy: AuthenticatedProxy, connection: CacheConnection,
        secrets: any WorkloadSecretSource, errands: Errands, patience: Duration, metrics: XDSMetrics, logger: Logger,
        wake: @escaping @Sendable () -> Void
    ) {
        self.variant = variant
        self.patience = patience
        state = Mutex(State(stream: ProxyStream(variant)))
        self.proxy = proxy
        self.connection = connection
        self.secrets = secrets
        self.errands = errands
        self.wake = wake
        self.metrics = metrics
        self.logger = logger
        let spread = proxy.proxy.uid.utf8.reduce(UInt32(5381)) { $0 &* 33 &+ UInt32($1) } % 1_000
        let remaining = proxy.expiry.timeIntervalSinceNow
        lastMoment = proxy.expiry.addingTimeInterval(-remaining * 0.1 * Double(spread + 1) / 1_000)
    }

    /// Has the stream end with a status.
    func end(_ status: StreamStatus) {
        state.withLock { $0.ending = $0.ending ?? status }
        wake()
    }

    /// The status with which the stream must end; `nil` while it need not.
    var ending: StreamStatus? { state.withLock(\.ending) }

    /// The stream is over: nothing is asked for its proxy any more.
    ///
    /// - Parameter moment: Now.
    func finish(at moment: Timestamp) {
        connection.disconnect(at: moment)
        finishFetching()
    }

    /// Lets the time pass: ends a stream whose proof is over, renews a certificate, sends what was put off.
    func tick(at date: Date, _ now: ContinuousClock.Instant) {
        // The writer sees to this by itself, unless it hangs.
        guard !connection.isGone else { return end(Self.gone) }
        if now >= begin + patience, !state.withLock(\.hasAsked) {
            return end(StreamStatus(code: .deadlineExceeded, message: "the stream was opened and nothing asked"))
        }
        guard date < lastMoment else {
            return end(StreamStatus(code: .unauthenticated, message: "the token ends; come back with the next one"))
        }
        let signer = secrets.signer
        let (isRenewalDue, isSendingDue, held) = state.withLock { state in
            (
                state.certificate.isDue(at: date, now, signer: signer),
                state.stream.deadline.map { $0 <= now } ?? false,
                state.workload?.version ?? state.certificate.claimed
            )
        }
        if isRenewalDue { obtainSecret(currentVersion: held, at: now) }
        if isRenewalDue || isSendingDue { wake() }
    }

    private static let gone = StreamStatus(code: .unauthenticated, message: "there is no such pod any more")

    private static let exhausted = StreamStatus(
        code: .resourceExhausted, message: "a stream sends at most \(RequestAllowance.perSecond) requests/s")

    /// Takes up one request; ``next()`` is to be called after it, or after the last of several.
    ///
    /// - Throws: ``StreamStatus`` if the stream must end.
    func receive(_ bytes: [UInt8]) throws(StreamStatus) {
        guard bytes.count <= Self.maximumRequest else {
            throw StreamStatus(code: .resourceExhausted, message: "a request has at most \(Self.maximumRequest) bytes")
        }
        let isAllowed = state.withLock { state in
            state.hasAsked = true
            return state.allowance.take(bytes: bytes.count, at: .now)
        }
        guard isAllowed else { throw Self.exhausted }
        let parsed: ProxyStream.Request?
        do {
            parsed = try ProxyStream.Request(bytes, variant)
        } catch {
            throw StreamStatus(code: .invalidArgument, message: "this is no request of \(variant.method)")
        }
        guard let request = parsed else {
            logger.debug("request for a type that is not served")
            return
        }
        metrics.requested(request.type)
        guard state.withLock({ $0.allowance.take(names: request.interest.count) }) else { throw Self.exhausted }
        if request.asks(for: .workloadSecret) { obtainSecret(for: request) }
        let events: [ProxyStream.Event]
        do {
            events = try state.withLock { state throws(ProxyStream.Violation) in
                try state.stream.receive(request, now: .now).compactMap { event in
                    guard case .asked(let addresses) = event else { return event }
                    // What the view has is no question; it becomes one when it leaves the view.
                    let unknown = addresses.filter { connection.resource(.onDemandListener(at: $0)) == nil }
                    guard !unknown.isEmpty else { return nil }
                    // Before anything is sent: what is asked about would be said not to exist.
                    state.isAsking = true
                    connection.ask(about: unknown)
                    return .asked(unknown)
                }
            }
        } catch {
            throw StreamStatus(code: .resourceExhausted, message: "the stream \(error.message)")
        }
        for event in events { report(event) }
    }

    /// A message to send.
    struct Outgoing {
        /// With gRPC's prefix.
        let bytes: ByteBuffer
        let type: ResourceType
        /// How many resources are in it.
        let resources: Int
    }

    /// The next messages to send; none while there is nothing to say.
    ///
    /// - Throws: The status with which the stream must end.
    func next() throws(StreamStatus) -> [Outgoing] {
        let update = connection.takeUpdate()
        let (responses, news, lost) = try state.withLock {
            state throws(StreamStatus) -> ([ProxyStream.Response], StreamProgress?, Set<MeshModel.SocketAddress>) in
            if let ending = state.ending { throw ending }
            switch update {
            case .gone: throw Self.gone
            case .names(let names, let revision): state.stream.update(names, revision: revision)
            case nil: break
            }
            let lost = state.stream.takeLost(connection)
            if !lost.isEmpty {
                state.isAsking = true
                connection.ask(about: lost)
            }
            state.isAsking = state.isAsking && connection.isAsking
            let view = View(connection: connection, workload: state.workload, isAsking: state.isAsking)
            let responses = state.stream.next(now: .now, view: view)
            let progress = state.stream.progress
            guard !responses.isEmpty || progress != state.reported else { return ([], nil, lost) }
            state.reported = progress
            return (responses, progress, lost)
        }
        if !lost.isEmpty { report(.asked(lost)) }
        // What was read may be the view of whoever the pod is now.
        if let news, !connection.report(news) { throw Self.gone }
        return responses.map { response in
            Outgoing(bytes: response.framed(variant), type: response.type, resources: response.resources.count)
        }
    }

    private func report(_ event: ProxyStream.Event) {
        metrics.happened(event)
        switch event {
        case .acknowledged(let response, let time):
            logger.debug(
                "update acknowledged",
                metadata: response.metadata.merging(["ms": "\(time.milliseconds)"]) { $1 })
        case .refused(let response, let reason):
            logger.warning(
                "update refused",
                metadata: response.metadata.merging(["reason": "\(reason)"]) { $1 })
        case .asked(let addresses):
            logger.debug("addresses asked about", metadata: ["addresses": "\(addresses.count)"])
        case .quarantined(let resource, let reason):
            logger.error(
                "resource refused: it is not sent to this proxy again until it changes",
                metadata: [
                    "resource": "\(resource.key.name)",
                    "reason": "\(reason)",
                    "objects": "\(resource.origins.map(\.object.description).joined(separator: ", "))",
                ])
        }
    }
}

extension ProxyStream.Response {
    fileprivate var metadata: Logger.Metadata {
        [
            "type": "\(type)", "revision": "\(revision)", "resources": "\(resources.count)",
            "removed": "\(removed.count)", "bytes": "\(resources.reduce(0) { $0 + $1.body.count })",
        ]
    }
}

extension Duration {
    /// Whole and thousandth milliseconds.
    fileprivate var milliseconds: Double {
        Double(components.seconds) * 1e3 + Double(components.attoseconds / 1_000_000_000_000) / 1e3
    }
}

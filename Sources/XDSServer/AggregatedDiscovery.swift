internal import FoundationEssentials
internal import Logging
internal import MeshModel
internal import NIOCore
internal import Synchronization
internal import XDSCache

/// Envoy's `AggregatedDiscoveryService`: who is served, and the streams that are open.
final class AggregatedDiscovery: Sendable {
    private struct State {
        var sessions: [UInt64: ProxySession] = [:]
        var last: UInt64 = 0
        /// How many streams each proxy has, those included that have ended and whose last bytes still wait for it.
        var streams: [ProxyID: Int] = [:]
        /// How many sessions each proxy has.
        var connected: [ProxyID: Int] = [:]
        var isEnding = false
        /// The connections of the sessions, and of whom each is.
        var connections: [UInt64: ServedConnection] = [:]
        var departures = Departures()
    }

    /// How many streams a proxy may have: one that reconnects may have an old one for a while.
    static let maximumStreams = 4

    private let cache: SnapshotCache
    private let authenticator: any ProxyAuthenticator
    private let secrets: any WorkloadSecretSource
    private let patience: Duration
    private let retry: Duration
    private let limit: ProxyLimit
    private let metrics: XDSMetrics
    private let logger: Logger
    private let state = Mutex(State())
    /// What takes time.
    let errands = Errands()

    init(
        cache: SnapshotCache, authenticator: any ProxyAuthenticator, secrets: any WorkloadSecretSource,
        patience: Duration, retry: Duration, limit: ProxyLimit, metrics: XDSMetrics, logger: Logger
    ) {
        self.cache = cache
        self.patience = patience
        self.retry = retry
        self.limit = limit
        self.authenticator = authenticator
        self.secrets = secrets
        self.metrics = metrics
        self.logger = logger
    }

    /// Lets the time pass for every stream.
    func tick(at date: Date, _ now: ContinuousClock.Instant) {
        for session in state.withLock({ Array($0.sessions.values) }) { session.tick(at: date, now) }
    }

    /// Ends some of the streams whose proxies know the server by another root than this one, so that they come back and are
    /// shown the present certificate; to be called once a second.
    ///
    /// What a proxy was sent stays in effect meanwhile.
    func leave(all root: String, at now: ContinuousClock.Instant) {
        let leaving = state.withLock { state -> [(ProxySession, ServedConnection)] in
            guard !state.isEnding else { return [] }
            let behind = state.connections.filter { $0.value.root != root }
            guard !behind.isEmpty else {
                state.departures = Departures()
                return []
            }
            let sessions = state.sessions
            let ids = state.departures.next(
                of: behind.compactMap { id, connection in
                    sessions[id].map { .init(stream: id, proxy: $0.proxy.proxy, begin: connection.begin) }
                }, retry: retry, at: now)
            return ids.compactMap { id in sessions[id].flatMap { session in behind[id].map { (session, $0) } } }
        }
        for (session, connection) in leaving {
            // First the connection, so that the proxy opens another one for its next stream.
            connection.drain { session.end(.anotherCertificate) }
        }
    }

    /// Ends every stream, and each that comes.
    func end() {
        let sessions = state.withLock { state in
            state.isEnding = true
            return Array(state.sessions.values)
        }
        for session in sessions { session.end(.stopping) }
    }

    /// Who a stream's proxy is.
    ///
    /// - Parameter token: The token that came with the stream; `nil` if none did.
    /// - Throws: ``StreamStatus``, which says no more than a stranger may know.
    func authenticate(_ token: String?) async throws -> AuthenticatedProxy {
        guard let token else {
            metrics.refused(.authentication)
            logger.warning("stream refused: it has no bearer token")
            throw StreamStatus(code: .unauthenticated, message: "a bearer token is needed")
        }
        do {
            return try await authenticator.authenticate(bearerToken: token)
        } catch {
            metrics.refused(.authentication)
            logger.warning("stream refused", metadata: ["error": "\(error)"])
            throw StreamStatus(
                code: .unauthenticated, message: "the token is not accepted; the controller's log says why")
        }
    }

    /// A stream that is served.
    final class Entry: Sendable {
        fileprivate let id: UInt64
        let session: ProxySession
        let logger: Logger

        fileprivate init(id: UInt64, session: ProxySession, logger: Logger) {
            (self.id, self.session, self.logger) = (id, session, logger)
        }
    }

    /// Begins to serve a stream of a proxy.
    ///
    /// Each that was begun must ``leave(_:because:)`` and then ``release(_:)``.
    ///
    /// - Parameter wake: Called, from any thread, when ``ProxySession/next()`` is to be called.
    func enter(
        _ variant: ProxyStream.Variant, _ proxy: AuthenticatedProxy, _ connection: ServedConnection,
        wake: @escaping @Sendable () -> Void
    ) throws(StreamStatus) -> Entry {
        guard takePlace(of: proxy.proxy) else {
            metrics.refused(.streams)
            logger.warning("stream refused: the proxy has too many", metadata: ["proxy": "\(proxy.proxy)"])
            throw StreamStatus(
                code: .resourceExhausted, message: "a proxy has at most \(Self.maximumStreams) streams")
        }
        do {
            return try begin(variant, proxy, connection, wake)
        } catch {
            release(proxy.proxy)
            throw error
        }
    }

    private func begin(
        _ variant: ProxyStream.Variant, _ proxy: AuthenticatedProxy, _ connection: ServedConnection,
        _ wake: @escaping @Sendable () -> Void
    ) throws(StreamStatus) -> Entry {
        var logger = logger
        logger[metadataKey: "proxy"] = "\(proxy.proxy)"
        guard
            let view = cache.connect(
                proxy.proxy, as: proxy.identity, at: .now, serverRoot: connection.root, wake: wake)
        else {
            metrics.refused(.mesh)
            logger.warning("stream refused: the pod is not one of the mesh's, or has another identity")
            throw StreamStatus(code: .permissionDenied, message: "the pod is not one of the mesh's")
        }
        let session = ProxySession(
            variant, proxy: proxy, connection: view, secrets: secrets, errands: errands, patience: patience,
            metrics: metrics, logger: logger, wake: wake)
        switch admit(session, connection) {
        case .success(let id):
            logger.info("proxy connected", metadata: ["identity": "\(proxy.identity)"])
            return Entry(id: id, session: session, logger: logger)
        case .failure(let refusal):
            view.disconnect(at: .now)
            metrics.refused(refusal.reason)
            if refusal.reason == .limit {
                logger.warning("stream refused: maxDataPlaneConnections proxies are connected")
            }
            throw refusal.status
        }
    }

    /// Why a session is not served.
    private struct Refusal: Error {
        let reason: XDSMetrics.Refusal
        let status: StreamStatus

        static let stopping = Refusal(reason: .stopping, status: .stopping)
        static let limit = Refusal(
            reason: .limit,
            status: StreamStatus(code: .resourceExhausted, message: "as many proxies as may be are connected"))
    }

    private func admit(_ session: ProxySession, _ connection: ServedConnection) -> Result<UInt64, Refusal> {
        let proxy = session.proxy.proxy
        let entered = state.withLock { state -> Result<(id: UInt64, isOnly: Bool), Refusal> in
            guard !state.isEnding else { return .failure(.stopping) }
            let others = state.connected[proxy] ?? 0
            // One that is connected may reconnect before its old stream has ended.
            guard others > 0 || limit.admits(beside: state.connected.count) else { return .failure(.limit) }
            state.last += 1
            state.sessions[state.last] = session
            state.connections[state.last] = connection
            state.connected[proxy] = others + 1
            return .success((state.last, others == 0))
        }
        // Each change counts, whatever the order: the sums are right.
        return entered.map { entered in
            connection.serves(true)
            metrics.opened(isOnly: entered.isOnly)
            return entered.id
        }
    }

    /// Serves a stream no more.
    ///
    /// - Parameter reason: For the log; `nil` if the proxy wanted it so.
    func leave(_ entry: Entry, because reason: String?) {
        entry.session.finish(at: .now)
        let proxy = entry.session.proxy.proxy
        let (connection, isLast) = state.withLock { state in
            state.sessions[entry.id] = nil
            let connection = state.connections.removeValue(forKey: entry.id)
            let others = (state.connected[proxy] ?? 1) - 1
            state.connected[proxy] = others > 0 ? others : nil
            return (connection, others <= 0)
        }
        connection?.serves(false)
        metrics.closed(isLast: isLast)
        entry.logger.info("proxy disconnected", metadata: reason.map { ["reason": "\($0)"] } ?? [:])
    }

    /// A stream has taken, or will never take, what waited for it.
    func release(_ entry: Entry) { release(entry.session.proxy.proxy) }

    private func takePlace(of proxy: ProxyID) -> Bool {
        state.withLock { state in
            let count = state.streams[proxy] ?? 0
            guard count < Self.maximumStreams else { return false }
            state.streams[proxy] = count + 1
            return true
        }
    }

    private func release(_ proxy: ProxyID) {
        state.withLock { state in
            let count = state.streams[proxy] ?? 0
            state.streams[proxy] = count > 1 ? count - 1 : nil
        }
    }

    /// A stream is closed whose proxy does not take what waits for it.
    func stalled(_ entry: Entry?, _ connection: ServedConnection, after patience: TimeAmount) {
        (entry?.logger ?? logger).warning(
            "stream closed: the proxy did not take what it was sent",
            metadata: [
                "seconds": "\(patience.nanoseconds / 1_000_000_000)",
                "peer": "\(connection.channel.remoteAddress.map { "\($0)" } ?? "")",
            ])
    }

    /// A response was handed to the connection, and its proxy takes it or not.
    func handed(_ message: ProxySession.Outgoing, isTaken: Bool) {
        if isTaken { metrics.sent(message) } else { metrics.failed(message) }
    }
}

extension Timestamp {
    /// The moment by the clock of this host.
    fileprivate static var now: Timestamp { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) }
}

internal import FoundationEssentials
internal import GRPCCore
internal import Logging
internal import MeshModel
internal import Synchronization
internal import XDSCache

/// Envoy's `AggregatedDiscoveryService`: the service, and the streams that are open.
final class AggregatedDiscovery: RegistrableRPCService {
    private static let service = "envoy.service.discovery.v3.AggregatedDiscoveryService"

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

    private typealias ServedConnection = ServedConnections.Connection

    /// How many streams a proxy may have: one that reconnects may have an old one for a while.
    static let maximumStreams = 4

    private let cache: SnapshotCache
    private let authenticator: any ProxyAuthenticator
    private let secrets: any WorkloadSecretSource
    private let connections: ServedConnections
    private let patience: Duration
    private let retry: Duration
    private let limit: ProxyLimit
    private let metrics: XDSMetrics
    private let logger: Logger
    private let state = Mutex(State())

    init(
        cache: SnapshotCache, authenticator: any ProxyAuthenticator, secrets: any WorkloadSecretSource,
        connections: ServedConnections, patience: Duration, retry: Duration, limit: ProxyLimit, metrics: XDSMetrics,
        logger: Logger
    ) {
        self.cache = cache
        self.connections = connections
        self.patience = patience
        self.retry = retry
        self.limit = limit
        self.authenticator = authenticator
        self.secrets = secrets
        self.metrics = metrics
        self.logger = logger
    }

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        for variant in ProxyStream.Variant.allCases {
            router.registerHandler(
                forMethod: MethodDescriptor(fullyQualifiedService: Self.service, method: variant.method),
                deserializer: RawBytes(), serializer: RawBytes()
            ) { request, context in
                let proxy = try await self.authenticate(request.metadata)
                let (remote, local) = (context.remotePeer, context.localPeer)
                return StreamingServerResponse { writer in
                    try await self.count(proxy.proxy, writer) {
                        try await self.serve(variant, proxy, (remote, local), request.messages, writer)
                    }
                    return [:]
                }
            }
        }
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
            ServedConnections.drain(connection) {
                session.end(
                    RPCError(code: .unavailable, message: "the control plane has another certificate; come back"))
            }
        }
    }

    /// Ends every stream, and each that comes.
    func end() {
        let sessions = state.withLock { state in
            state.isEnding = true
            return Array(state.sessions.values)
        }
        for session in sessions { session.end(RPCError(code: .unavailable, message: "the controller is stopping")) }
    }

    private func authenticate(_ metadata: Metadata) async throws -> AuthenticatedProxy {
        let prefix = "Bearer "
        guard let header = metadata[stringValues: "authorization"].first(where: { _ in true }),
            header.hasPrefix(prefix)
        else {
            metrics.refused(.authentication)
            logger.warning("stream refused: it has no bearer token")
            throw RPCError(code: .unauthenticated, message: "a bearer token is needed")
        }
        do {
            return try await authenticator.authenticate(bearerToken: String(header.dropFirst(prefix.count)))
        } catch {
            metrics.refused(.authentication)
            logger.warning("stream refused", metadata: ["error": "\(error)"])
            throw RPCError(code: .unauthenticated, message: "the token is not accepted; the controller's log says why")
        }
    }

    /// Serves a stream if its proxy has not too many, and counts it until the proxy has taken what it was sent.
    private func count(_ proxy: ProxyID, _ writer: RPCWriter<[UInt8]>, _ body: () async throws -> Void) async throws {
        let isAdmitted = state.withLock { state in
            let count = state.streams[proxy] ?? 0
            guard count < Self.maximumStreams else { return false }
            state.streams[proxy] = count + 1
            return true
        }
        guard isAdmitted else {
            metrics.refused(.streams)
            logger.warning("stream refused: the proxy has too many", metadata: ["proxy": "\(proxy)"])
            throw RPCError(code: .resourceExhausted, message: "a proxy has at most \(Self.maximumStreams) streams")
        }
        defer {
            state.withLock { state in
                let count = state.streams[proxy] ?? 0
                state.streams[proxy] = count > 1 ? count - 1 : nil
            }
        }
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        // To write nothing waits as to write something does; it fails when the stream is closed meanwhile.
        try? await writer.write(contentsOf: [])
        try outcome.get()
    }

    private func serve(
        _ variant: ProxyStream.Variant, _ proxy: AuthenticatedProxy, _ ends: (remote: String, local: String),
        _ messages: RPCAsyncSequence<[UInt8], any Error>, _ writer: RPCWriter<[UInt8]>
    ) async throws {
        var logger = logger
        logger[metadataKey: "proxy"] = "\(proxy.proxy)"
        let wakeup = Wakeup()
        guard let served = connections.connection(ends.remote, ends.local) else {
            throw RPCError(code: .unavailable, message: "the connection is closed")
        }
        guard
            let connection = cache.connect(
                proxy.proxy, as: proxy.identity, at: .now, serverRoot: served.root, wake: wakeup.signal)
        else {
            metrics.refused(.mesh)
            logger.warning("stream refused: the pod is not one of the mesh's, or has another identity")
            throw RPCError(code: .permissionDenied, message: "the pod is not one of the mesh's")
        }
        defer { connection.disconnect(at: .now) }
        let session = ProxySession(
            variant, proxy: proxy, connection: connection, secrets: secrets, wakeup: wakeup, patience: patience,
            metrics: metrics, logger: logger)
        let id: UInt64
        switch enter(session, served) {
        case .success(let entered): id = entered
        case .failure(let refusal):
            metrics.refused(refusal.reason)
            if refusal.reason == .limit {
                logger.warning("stream refused: maxDataPlaneConnections proxies are connected")
            }
            throw refusal.error
        }
        defer { leave(id, session) }
        logger.info("proxy connected", metadata: ["identity": "\(proxy.identity)"])
        do {
            try await run(session, messages, writer)
            logger.info("proxy disconnected")
        } catch {
            logger.info("proxy disconnected", metadata: ["reason": "\(error)"])
            throw error
        }
    }

    private func run(
        _ session: ProxySession, _ messages: RPCAsyncSequence<[UInt8], any Error>, _ writer: RPCWriter<[UInt8]>
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for try await message in messages { try session.receive(message) }
            }
            group.addTask { try await session.end() }
            group.addTask { try await session.fetch() }
            group.addTask {
                while true {
                    for response in try await session.next() {
                        do {
                            try await writer.write(response.bytes)
                        } catch {
                            self.metrics.failed(response)
                            throw error
                        }
                        self.metrics.sent(response)
                    }
                }
            }
            // Whichever ends first ends the stream: the proxy has closed its side, or it must go.
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Why a session is not served.
    private struct Refusal: Error {
        let reason: XDSMetrics.Refusal
        let error: RPCError

        static let stopping = Refusal(
            reason: .stopping, error: RPCError(code: .unavailable, message: "the controller is stopping"))
        static let limit = Refusal(
            reason: .limit,
            error: RPCError(code: .resourceExhausted, message: "as many proxies as may be are connected"))
    }

    private func enter(_ session: ProxySession, _ connection: ServedConnection) -> Result<UInt64, Refusal> {
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
            metrics.opened(isOnly: entered.isOnly)
            return entered.id
        }
    }

    private func leave(_ id: UInt64, _ session: ProxySession) {
        let proxy = session.proxy.proxy
        let isLast = state.withLock { state in
            state.sessions[id] = nil
            state.connections[id] = nil
            let others = (state.connected[proxy] ?? 1) - 1
            state.connected[proxy] = others > 0 ? others : nil
            return others <= 0
        }
        metrics.closed(isLast: isLast)
    }
}

extension Timestamp {
    /// The moment by the clock of this host.
    fileprivate static var now: Timestamp { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) }
}

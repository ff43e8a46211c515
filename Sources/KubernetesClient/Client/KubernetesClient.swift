internal import AsyncHTTPClient
public import Logging
internal import NIOCore
internal import NIOHTTP1

/// A client of one API server.
///
/// All methods may be called at once from any number of tasks. ``shutdown()`` must be called before it is dropped.
public final class KubernetesClient: Sendable {
    /// The longest answer that is taken, in bytes: a page of 500 large objects.
    private static let longestAnswer = 256 << 20

    /// How the server is reached.
    public let access: ClusterAccess
    let logger: Logger
    let metrics: ClientMetrics
    let timing: TransportTiming
    let features = ServerFeatures()
    let credentials: CredentialSource
    private let transport: HTTPTransport

    /// A client; nothing is sent yet.
    ///
    /// - Throws: ``KubernetesError`` with the code `configuration`.
    public convenience init(_ access: ClusterAccess, logger: Logger) throws {
        try self.init(access, timing: TransportTiming(), logger: logger)
    }

    /// A client with times of its own; nothing is sent yet.
    ///
    /// - Throws: ``KubernetesError`` with the code `configuration`.
    public convenience init(_ access: ClusterAccess, timing: TransportTiming, logger: Logger) throws {
        try self.init(access, timing: timing, logger: logger, metrics: ClientMetrics())
    }

    init(_ access: ClusterAccess, timing: TransportTiming, logger: Logger, metrics: ClientMetrics) throws {
        self.access = access
        self.timing = timing
        self.logger = logger
        self.metrics = metrics
        credentials = CredentialSource(access)
        transport = try HTTPTransport(access, timing: timing)
    }

    /// Sends a request.
    ///
    /// An answer that asks to come back later (429, 503 with `Retry-After`) is obeyed a few times; a credential that
    /// is refused is renewed once.
    ///
    /// - Returns: An answer with a status of 200 to 299.
    /// - Throws: ``KubernetesError``, also for every other status.
    public func send(_ request: APIRequest) async throws -> APIResponse {
        try await attempt(request) { clients, authorized in
            let response: HTTPClientResponse
            if request.survivesCancellation {
                return try await self.sendUncancellably(request, authorized, clients.requests)
            }
            response = try await clients.requests.execute(authorized, timeout: TimeAmount(self.timing.answer))
            let body = try await response.body.collect(upTo: Self.longestAnswer)
            return APIResponse(
                status: Int(response.status.code), headers: response.headers, body: Array(body.readableBytesView))
        }
    }

    /// Opens a watch.
    ///
    /// - Returns: An answer with a status of 200 to 299, whose body is the stream of events.
    /// - Throws: ``KubernetesError``, also for every other status.
    func open(_ request: APIRequest) async throws -> HTTPClientResponse {
        var opened: HTTPClientResponse?
        _ = try await attempt(request) { clients, authorized in
            let response = try await clients.watches.execute(authorized, timeout: TimeAmount(self.timing.answer))
            var bytes: [UInt8] = []
            if (200..<300).contains(response.status.code) {
                opened = response
            } else {
                bytes = Array(try await response.body.collect(upTo: 1 << 20).readableBytesView)
            }
            return APIResponse(status: Int(response.status.code), headers: response.headers, body: bytes)
        }
        guard let opened else { throw KubernetesError(.transport, "\(request.action): the answer has no body") }
        return opened
    }

    /// Closes all connections; what goes on fails.
    public func shutdown() async throws { await transport.shutdown() }

    private func attempt(
        _ request: APIRequest, _ send: (HTTPTransport.Clients, HTTPClientRequest) async throws -> APIResponse
    ) async throws -> APIResponse {
        var plan = RetryPlan()
        while true {
            let credential = try await credentials.credential()
            let clients = try await transport.clients(for: credential)
            let failure: KubernetesError
            do {
                let response = try await send(clients, authorized(request, credential))
                metrics.answered(verb: request.verb, code: response.status)
                if response.isSuccess { return response }
                failure = response.error(request.action)
            } catch {
                metrics.answered(verb: request.verb, code: 0)
                failure = KubernetesError(transport: error, action: request.action, server: access.server)
            }
            switch plan.decision(on: failure, isSafe: request.isSafe) {
            case .fail: throw failure
            case .retry(let wait):
                logger.debug(
                    "A request to the API server is repeated.",
                    metadata: ["kubernetes.request": "\(request.action)", "error": "\(failure)"])
                if wait > .zero { try await sleep(wait, request) }
            case .renewCredential: credentials.refused(credential)
            }
        }
    }

    private func sleep(_ duration: Duration, _ request: APIRequest) async throws {
        do {
            try await Task.sleep(for: duration)
        } catch {
            throw KubernetesError(.cancelled, "\(request.action): cancelled", cause: error)
        }
    }

    private func authorized(_ request: APIRequest, _ credential: IssuedCredential) -> HTTPClientRequest {
        var authorized = HTTPClientRequest(url: transport.base + request.target)
        authorized.method = request.method
        authorized.headers.add(name: "user-agent", value: "osm-controller")
        authorized.headers.add(name: "accept", value: request.accepted)
        if let token = credential.token { authorized.headers.add(name: "authorization", value: "Bearer \(token)") }
        if let body = request.body {
            authorized.headers.add(name: "content-type", value: request.contentType)
            authorized.body = .bytes(ByteBuffer(bytes: body))
        }
        return authorized
    }

    /// Sends without looking at whether the task is cancelled; the answer's deadline holds.
    private func sendUncancellably(
        _ request: APIRequest, _ authorized: HTTPClientRequest, _ client: HTTPClient
    ) async throws -> APIResponse {
        let body = request.body.map { HTTPClient.Body.bytes($0) }
        let plain = try HTTPClient.Request(
            url: authorized.url, method: authorized.method, headers: authorized.headers, body: body)
        let response = try await client.execute(request: plain, deadline: .now() + TimeAmount(timing.answer)).get()
        return APIResponse(
            status: Int(response.status.code), headers: response.headers,
            body: response.body.map { Array($0.readableBytesView) } ?? [])
    }
}

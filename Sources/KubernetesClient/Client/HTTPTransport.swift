internal import AsyncHTTPClient
internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// The connections to the API server.
///
/// Watches have connections of their own, one each, so that they never wait for others, and are silent for long
/// without being cut. A new client certificate needs new connections; those before are left to their watches until
/// the next change.
final class HTTPTransport: Sendable {
    /// The two clients of one client certificate.
    struct Clients: Sendable {
        let certificate: ClusterAccess.ClientCertificate?
        let requests: HTTPClient
        let watches: HTTPClient
    }

    private struct State {
        var current: Clients
        var retired: [Clients] = []
    }

    /// How many requests beside watches go on at once; others wait.
    private static let requestConnections = 16

    let base: String
    private let access: ClusterAccess
    private let timing: TransportTiming
    private let state: Mutex<State>

    /// Connections as `access` says; none is made yet.
    ///
    /// - Throws: ``KubernetesError`` with the code `configuration`.
    init(_ access: ClusterAccess, timing: TransportTiming) throws {
        self.access = access
        self.timing = timing
        let address = try ServerAddress(access.server)
        base = address.base(for: access.tlsServerName)
        state = Mutex(State(current: try Self.clients(access, access.clientCertificate, timing)))
    }

    deinit {
        // Whoever forgot to shut down, or was thrown out before, leaves no connection open; else the library would trap.
        for clients in state.withLock({ $0.retired + [$0.current] }) {
            for client in [clients.requests, clients.watches] { client.shutdown { _ in } }
        }
    }

    /// The clients to use with a credential.
    ///
    /// - Throws: ``KubernetesError`` with the code `configuration`.
    func clients(for credential: IssuedCredential) async throws -> Clients {
        let certificate = credential.certificate ?? access.clientCertificate
        let (clients, surplus) = try state.withLock { state in
            guard state.current.certificate != certificate else { return (state.current, [Clients]()) }
            let fresh = try Self.clients(access, certificate, timing)
            let surplus = state.retired
            state.retired = [state.current]
            state.current = fresh
            return (fresh, surplus)
        }
        for old in surplus { await Self.shutdown(old) }
        return clients
    }

    /// Closes all connections; what goes on fails.
    func shutdown() async {
        let all = state.withLock { $0.retired + [$0.current] }
        for clients in all { await Self.shutdown(clients) }
    }

    private static func shutdown(_ clients: Clients) async {
        // The only failure is that it was shut down already.
        try? await clients.requests.shutdown()
        try? await clients.watches.shutdown()
    }

    private static func clients(
        _ access: ClusterAccess, _ certificate: ClusterAccess.ClientCertificate?, _ timing: TransportTiming
    ) throws -> Clients {
        let tls = try tls(access, certificate)
        func client(read: Duration, connections: Int) throws -> HTTPClient {
            var configuration = HTTPClient.Configuration(
                tlsConfiguration: tls, redirectConfiguration: .disallow,
                timeout: .init(connect: TimeAmount(timing.connect), read: TimeAmount(read)))
            // HTTP/2 would put all watches on one connection, and its death would go unseen.
            configuration.httpVersion = .http1Only
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
            configuration.connectionPool.retryConnectionEstablishment = false
            configuration.http1_1ConnectionDebugInitializer = { TCPKeepalive.enable(on: $0) }
            if let name = access.tlsServerName {
                configuration.dnsOverride = [name: try ServerAddress(access.server).host]
            }
            return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        }
        let silence = Duration.seconds(timing.watch.upperBound) + timing.watchGrace
        return Clients(
            certificate: certificate, requests: try client(read: timing.read, connections: requestConnections),
            watches: try client(read: silence, connections: 1000))
    }

    /// How connections to the server are encrypted.
    ///
    /// - Throws: ``KubernetesError`` with the code `configuration`.
    static func tls(
        _ access: ClusterAccess, _ certificate: ClusterAccess.ClientCertificate?
    ) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        // The default adds a post-quantum key share, whose key costs more than the rest of the handshake: when a server
        // comes back, many connections are made at once.
        tls.curves = [.x25519, .secp256r1, .secp384r1]
        func read<Value>(_ meaning: String, _ parse: () throws -> Value) throws -> Value {
            do {
                return try parse()
            } catch {
                throw KubernetesError(.configuration, "\(meaning) is not PEM, or damaged", cause: error)
            }
        }
        if let authorities = access.authorities {
            tls.trustRoots = .certificates(
                try read("the cluster's certificate authority") {
                    try NIOSSLCertificate.fromPEMBytes(Array(authorities.utf8))
                })
        }
        if let certificate {
            tls.certificateChain = try read("the client certificate") {
                try NIOSSLCertificate.fromPEMBytes(Array(certificate.certificate.utf8)).map { .certificate($0) }
            }
            tls.privateKey = .privateKey(
                try read("the client key") { try NIOSSLPrivateKey(bytes: Array(certificate.key.utf8), format: .pem) })
        }
        if access.skipsVerification { tls.certificateVerification = .none }
        return tls
    }
}

extension TimeAmount {
    /// The same time in nanoseconds.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}

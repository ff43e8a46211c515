internal import AsyncHTTPClient
internal import CertificateAuthority
internal import FoundationEssentials
internal import KubernetesClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// How a Vault is spoken to: with limits of time and size, and never led elsewhere.
final class VaultConnection: Sendable {
    /// An answer with a status of 200 to 299.
    struct Answer: Sendable {
        let bytes: [UInt8]
    }

    /// What Vault says that is no success.
    struct Refusal: Error {
        let status: Int
        /// What it says, in one short line without secrets; empty where it says nothing.
        let message: String
        let retryAfter: Duration?
    }

    private let settings: VaultSettings
    private let base: String
    private let timing: VaultTiming
    private let client: HTTPClient

    /// - Throws: `IssuerFailure` with the code `configuration`.
    init(_ settings: VaultSettings, _ timing: VaultTiming) throws(IssuerFailure) {
        self.settings = settings
        self.timing = timing
        base = try settings.base
        var tls = TLSConfiguration.makeClientConfiguration()
        if let pem = settings.authoritiesPEM {
            guard let authorities = try? NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)), !authorities.isEmpty else {
                throw IssuerFailure(
                    .configuration, "what is to be trusted with \(settings.name) is no certificate in PEM form")
            }
            tls.trustRoots = .certificates(authorities)
        }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .nanoseconds(timing.connect), read: .nanoseconds(timing.answer * 2)))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        // Whoever forgot to shut down leaves no connection open; else the library would trap.
        client.shutdown { _ in }
    }

    /// Closes all connections; what goes on fails.
    func shutdown() async {
        // The only failure is that it was shut down already.
        try? await client.shutdown()
    }

    /// Asks.
    ///
    /// - Throws: `Refusal` where Vault answers that it does not, `IssuerFailure` where it does not answer.
    func send(
        _ method: HTTPMethod, _ path: String, body: (any Encodable & Sendable)?, token: VaultToken
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "\(base)/v1/\(path)")
        request.method = method
        request.headers.add(name: "user-agent", value: "osm-controller")
        request.headers.add(name: "x-vault-token", value: token.value)
        // Vault refuses what a browser was tricked into where this is asked for; others do not mind.
        request.headers.add(name: "x-vault-request", value: "true")
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(body)))
        }
        let (status, retryAfter, bytes) = try await exchange(request, token)
        guard !(200..<300).contains(status) else { return Answer(bytes: bytes) }
        let said = (try? JSONDecoder().decode(VaultErrors.self, from: Data(bytes)))?.errors ?? []
        throw Refusal(
            status: status, message: IssuerFailure.quoted(said.joined(separator: "; "), hiding: [token.value]),
            retryAfter: retryAfter)
    }

    private func exchange(
        _ request: HTTPClientRequest, _ token: VaultToken
    ) async throws(IssuerFailure) -> (status: Int, retryAfter: Duration?, bytes: [UInt8]) {
        let (client, timing) = (client, timing)
        do {
            // The library's own limit ends with the head of the answer.
            return try await withTimeLimit(timing.answer) {
                let response = try await client.execute(request, timeout: .nanoseconds(timing.answer * 2))
                let body = try await response.body.collect(upTo: timing.longestAnswer)
                let retryAfter = response.headers.first(name: "retry-after").flatMap { Int64($0) }
                return (
                    Int(response.status.code), retryAfter.map { .seconds(max(0, min($0, 3600))) },
                    Array(body.readableBytesView)
                )
            }
        } catch is TimeLimitExceeded {
            throw IssuerFailure(.unreachable, "\(settings.name) did not answer within \(timing.answer)")
        } catch is NIOTooManyBytesError {
            throw IssuerFailure(
                .malformed, "\(settings.name) answered more than \(timing.longestAnswer) bytes: is it a Vault?")
        } catch {
            let what = IssuerFailure.quoted("\(error)", hiding: [token.value])
            let advice =
                what.contains("CERTIFICATE_VERIFY_FAILED")
                ? ": its certificate is not from whom the controller trusts with it" : ""
            throw IssuerFailure(
                .unreachable, "\(settings.name) cannot be reached, or does not answer\(advice) (\(what))")
        }
    }
}

/// How long Vault is waited for, and how much it may answer.
struct VaultTiming: Sendable {
    /// For a connection.
    var connect: Duration = .seconds(5)
    /// For a whole answer.
    var answer: Duration = .seconds(10)
    /// Bytes of an answer.
    var longestAnswer = 1 << 20
    /// How often the token is read again, in case it was changed.
    var tokenReading: Duration = .seconds(10)
}

extension TimeAmount {
    /// The same time.
    static func nanoseconds(_ duration: Duration) -> TimeAmount {
        let (seconds, attoseconds) = duration.components
        return .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}

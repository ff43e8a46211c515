import AdmissionServer
import AsyncHTTPClient
import CertificateAuthority
import Foundation
import Logging
import MeshModel
import NIOCertificateReloading
import NIOCore
import NIOHTTP1
import NIOSSL
import ServiceLifecycle
import Testing

/// A webhook that answers over TLS on this host, and what trusts it.
struct ServedWebhook: Sendable {
    let port: Int
    let authority: CertificateAuthority
    let certificate: ServingCertificate
    let client: HTTPClient
    private let heldBytes: @Sendable () -> Int

    /// Serves while a body runs.
    static func serving(
        _ webhook: Webhook, limits: AdmissionLimits = AdmissionLimits(), validity: Duration = .seconds(3600),
        _ body: @escaping @Sendable (ServedWebhook) async throws -> Void
    ) async throws {
        let (authority, _) = try CertificateAuthority.create(name: "test", now: Date())
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let certificate = try ServingCertificate(
            authority, dnsNames: ["osm-injector.osm-system.svc"], addresses: [#require(IPAddress("127.0.0.1"))],
            validity: validity)
        var configuration = AdmissionServer.Configuration(host: "127.0.0.1", port: 0, advice: "none")
        configuration.limits = limits
        let (ports, found) = AsyncStream.makeStream(of: Int.self)
        let server = AdmissionServer(
            configuration: configuration, certificate: Reloader(certificate: certificate), webhook: webhook,
            logger: quiet
        ) {
            found.yield($0)
            found.finish()
        }
        let client = try client(trusting: authority)
        let result: Result<Void, any Error>
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                let services = ServiceGroup(services: [server], logger: quiet)
                group.addTask { try await services.run() }
                let renewing = Task { await certificate.run() }
                defer { renewing.cancel() }
                group.addTask {
                    let port = try #require(await ports.first { _ in true })
                    try await body(
                        ServedWebhook(
                            port: port, authority: authority, certificate: certificate, client: client,
                            heldBytes: { server.heldBytes }))
                    await services.triggerGracefulShutdown()
                }
                try await group.waitForAll()
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try await client.shutdown()
        try result.get()
    }

    /// A client that trusts one authority alone.
    static func client(trusting authority: CertificateAuthority, _ change: (inout TLSConfiguration) -> Void = { _ in })
        throws -> HTTPClient
    {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.rootPEM.utf8)))
        change(&tls)
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 100
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Waits until bodies take a number of bytes, as they are counted.
    func untilHolding(_ bytes: Int) async throws {
        for _ in 0..<15_000 where heldBytes() != bytes { try await Task.sleep(for: .milliseconds(2)) }
        try #require(heldBytes() == bytes)
    }

    /// Asks, and takes the answer.
    func ask(
        _ path: String, _ body: HTTPClientRequest.Body? = nil, method: HTTPMethod = .POST,
        type: String? = "application/json"
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: "https://127.0.0.1:\(port)\(path)")
        request.method = method
        request.body = body
        if let type { request.headers.add(name: "Content-Type", value: type) }
        return try await Answer(client.execute(request, timeout: .seconds(60)))
    }
}

/// What came back.
struct Answer: Sendable {
    let status: Int
    let allow: String?
    let body: Data

    init(_ response: HTTPClientResponse) async throws {
        status = Int(response.status.code)
        allow = response.headers.first(name: "Allow")
        body = Data(try await response.body.collect(upTo: 1 << 24).readableBytesView)
    }

    /// What the review says; an error if it is none.
    var review: ReviewAnswer.Response {
        get throws { try JSONDecoder().decode(ReviewAnswer.self, from: body).response }
    }
}

/// An answer to a review, read by a reader of its own.
struct ReviewAnswer: Decodable {
    struct Response: Decodable {
        struct Status: Decodable {
            struct Details: Decodable { let causes: [Cause] }
            struct Cause: Decodable, Equatable {
                let reason: String
                let field: String
                let message: String
            }
            let code: Int
            let reason: String
            let message: String
            let details: Details?
        }
        let uid: String
        let allowed: Bool
        let status: Status?
        let patchType: String?
        let patch: Data?
        let warnings: [String]?
    }
    let apiVersion: String
    let kind: String
    let response: Response
}

private struct Reloader: CertificateReloader {
    let certificate: ServingCertificate

    var sslContextConfigurationOverride: NIOSSLContextConfigurationOverride {
        let current = certificate.certificate
        var override = NIOSSLContextConfigurationOverride()
        override.certificateChain = try? NIOSSLCertificate.fromPEMBytes(Array(current.certificateChainPEM.utf8))
            .map { .certificate($0) }
        override.privateKey = (try? NIOSSLPrivateKey(bytes: Array(current.privateKeyPEM.utf8), format: .pem))
            .map { .privateKey($0) }
        return override
    }
}

import AdmissionServer
import AsyncHTTPClient
import CertificateAuthority
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization
import Testing

@Suite("The certificate of the webhooks", .timeLimit(.minutes(10)))
struct RotationTests {
    private static let path = "/mutate-pod-creation"

    @Test("It is renewed under load without a failed request, and open connections go on")
    func rotation() async throws {
        let webhook = Webhook.podCreation(TestMutation(), facts: TestFacts(), waitingAtMost: .zero)
        try await ServedWebhook.serving(webhook, validity: .seconds(9)) { webhook in
            let old = try await TLSConnection(webhook)
            let first = webhook.certificate.certificate.serial
            #expect(try await old.ask() == "HTTP/1.1 200 OK")
            var shown: Set<String> = []
            var served: Set<String> = []
            var requests = 0
            while shown.count < 4 {
                // A connection of its own for each, so that each sees the certificate of its time.
                let connection = try await TLSConnection(webhook)
                shown.insert(webhook.certificate.certificate.serial)
                if let serial = connection.serial { served.insert(serial) }
                #expect(try await connection.ask() == "HTTP/1.1 200 OK")
                let pooled = try await webhook.ask(Self.path, .bytes(.init(string: Review.pod())))
                #expect(pooled.status == 200)
                requests += 2
                try await connection.close()
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(webhook.certificate.certificate.serial != first)
            #expect(served.count >= 3)
            #expect(requests >= 12)
            // The first certificate has ended long ago; the connection that it began has not.
            #expect(try await old.ask() == "HTTP/1.1 200 OK")
            try await old.close()
        }
    }

    /// A clock that is set by hand, and what happened by it.
    private final class Story: Sendable {
        private let state = Mutex((now: Date(), looks: 0, renewals: 0, failures: 0))

        func set(_ now: Date) { state.withLock { $0.now = now } }
        func look() -> Date {
            state.withLock {
                $0.looks += 1
                return $0.now
            }
        }
        func renewed() { state.withLock { $0.renewals += 1 } }
        func failed() { state.withLock { $0.failures += 1 } }
        var looks: Int { state.withLock { $0.looks } }
        var renewals: Int { state.withLock { $0.renewals } }
        var failures: Int { state.withLock { $0.failures } }
    }

    @Test(
        "A root that is about to end, or has ended, does not make it spin: certificates end with it",
        arguments: [false, true])
    func rootEnds(hasEnded: Bool) async throws {
        // Ten years from the start of the root, less an hour.
        let now = Date()
        let (authority, _) = try CertificateAuthority.create(
            name: "old", now: now.addingTimeInterval(-(87_600 * 3600 - 3600)))
        let story = Story()
        story.set(now)
        let certificate = try ServingCertificate(
            authority, dnsNames: ["osm-injector.osm-system.svc"], validity: .seconds(86_400), now: { story.look() },
            onRenewal: { _ in story.renewed() }, onFailure: { _ in story.failed() })
        #expect(certificate.certificate.notAfter == authority.notAfter)

        if hasEnded { story.set(authority.notAfter.addingTimeInterval(1)) }
        let before = story.looks
        let running = Task { await certificate.run() }
        // It looks at the clock at once, and then sleeps for a minute: half a second is long enough to spin.
        for _ in 0..<15_000 where story.looks == before { try await Task.sleep(for: .milliseconds(2)) }
        try await Task.sleep(for: .milliseconds(500))
        running.cancel()
        await running.value
        #expect((1...4).contains(story.looks - before))
        #expect(story.renewals == 0)
        #expect(story.failures == (hasEnded ? 1 : 0))
    }
}

/// A TLS connection by hand.
private struct TLSConnection: Sendable {
    private let channel: any Channel
    private let received: Received
    /// The serial number of the certificate that the server showed.
    let serial: String?

    init(_ webhook: ServedWebhook) async throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(
            try NIOSSLCertificate.fromPEMBytes(Array(webhook.authority.rootPEM.utf8)))
        let context = try NIOSSLContext(configuration: configuration)
        let received = Received()
        channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        try NIOSSLClientHandler(context: context, serverHostname: nil),
                        Collector(received),
                    ])
                }
            }
            .connect(host: "127.0.0.1", port: webhook.port).get()
        self.received = received
        try await channel.writeAndFlush(ByteBuffer(string: Self.request("GET", "/healthz", "")))
        _ = try await received.answer()
        serial = try await channel.nioSSL_peerCertificate().get()
            .map { $0.serialNumber.map { String($0, radix: 16) }.joined(separator: ":") }
    }

    /// The first line of the answer to a good review.
    func ask() async throws -> String {
        try await channel.writeAndFlush(
            ByteBuffer(string: Self.request("POST", "/mutate-pod-creation", Review.pod())))
        return try await received.answer()
    }

    func close() async throws { try await channel.close() }

    private static func request(_ method: String, _ path: String, _ body: String) -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}

/// What a connection has received.
private final class Received: Sendable {
    private struct Ended: Error {}

    private let text = Mutex("")

    func append(_ part: String) { text.withLock { $0 += part } }

    /// The first line of the next answer, which is taken away as a whole.
    func answer() async throws -> String {
        for _ in 0..<30_000 {
            if let line = text.withLock({ Self.take(from: &$0) }) { return line }
            try await Task.sleep(for: .milliseconds(2))
        }
        throw Ended()
    }

    private static func take(from text: inout String) -> String? {
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        let length =
            lines.first { $0.lowercased().hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst("content-length:".count).trimmingCharacters(in: .whitespaces)) } ?? 0
        let rest = text[end.upperBound...]
        guard rest.utf8.count >= length else { return nil }
        text = String(decoding: Array(rest.utf8).dropFirst(length), as: UTF8.self)
        return lines[0]
    }
}

/// Hands on what comes.
private final class Collector: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let received: Received

    init(_ received: Received) { self.received = received }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received.append(String(buffer: unwrapInboundIn(data)))
    }
}

import AdmissionServer
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import Observability
import TestInstruments
import Testing

@Suite("Webhooks and clients that mean no good", .timeLimit(.minutes(10)))
struct HostileBodyTests {
    private static let path = "/mutate-pod-creation"
    private static let good = Review.pod()

    private static let malformedBodies: [(String, String?)] = [
        ("not JSON", nil), ("[]", nil), ("null", nil), ("{}", nil), (#"{"request":null}"#, nil),
        (#"{"request":{}}"#, nil), (#"{"request":{"uid":7}}"#, nil), (#"{"request":{"uid":""}}"#, nil),
        (#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}"#, nil),
        (#"{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","request":{"uid":"u-1"}}"#, "u-1"),
        (#"{"kind":"Pod","apiVersion":"admission.k8s.io/v1","request":{"uid":"u-1"}}"#, "u-1"),
        (#"{"request":{"uid":"u-1","kind":"#, "u-1"), (#"{"request": { "uid" : "u-1", "namespace": 3}}"#, "u-1"),
        (#"{"request":{"uid":"u-1<script>"}"#, nil), (#"{"request":{"uid":"u-1"#, nil),
        (String(good.prefix(200)), "u-1"), ("\u{FEFF}{", nil),
        (brackets, nil),
        (nested, nil),
        (#"{"request":{"uid":"u-1","object":"# + brackets, "u-1"),
        (
            #"{"request":{"uid":"u-1","object":"# + brackets + closingBrackets + "}}", "u-1"
        ),
    ]
    private static let brackets = String(repeating: "[", count: 100_000)
    private static let closingBrackets = String(repeating: "]", count: 100_000)
    private static let nested = String(repeating: #"{"request":"#, count: 100_000)

    private static func serving(
        limits: AdmissionLimits = AdmissionLimits(), _ body: @escaping @Sendable (ServedWebhook) async throws -> Void
    ) async throws {
        try await ServedWebhook.serving(
            .podCreation(TestMutation(), facts: TestFacts(), waitingAtMost: .zero), limits: limits, body)
    }

    @Test("Each wrong request gets its own status, and the next good one its answer")
    func statuses() async throws {
        try await Self.serving { (webhook: ServedWebhook) async throws in
            let types: [(String?, Int)] = [
                ("application/json", 200), ("application/json; charset=utf-8", 200), ("Application/JSON ;v=1", 200),
                (nil, 415), ("", 415), ("text/plain", 415), ("application/jsonx", 415), ("application/yaml", 415),
            ]
            for (type, status) in types {
                let answer = try await webhook.ask(Self.path, .bytes(.init(string: Self.good)), type: type)
                #expect(answer.status == status, "\(type ?? "none")")
                #expect(try answer.review.uid == "u-1")
            }
            let text = try await webhook.ask(Self.path, .bytes(.init(string: "hello")), type: "text/plain")
            #expect(text.status == 415)
            #expect(try text.review.uid == "")
            #expect(try await webhook.ask(Self.path, nil).status == 400)
            for method in [HTTPMethod.GET, .PUT, .DELETE, .PATCH, .OPTIONS] {
                let answer = try await webhook.ask(Self.path, nil, method: method)
                #expect(answer.status == 405)
                #expect(answer.allow == "POST")
            }
            for path in ["/", "/validate", "/mutate-pod-creation/", "//mutate-pod-creation", "/healthz/x"] {
                #expect(try await webhook.ask(path, .bytes(.init(string: Self.good))).status == 404, "\(path)")
            }
            #expect(try await webhook.ask("/healthz", nil, method: .GET).status == 200)
            #expect(try await webhook.ask("/healthz", nil, method: .POST).status == 405)
            #expect(try await webhook.ask(Self.path, .bytes(.init(string: Self.good))).status == 200)
        }
    }

    @Test(
        "A body that is no review is refused with 400, and the answer bears the uid where there is one",
        arguments: malformedBodies)
    func malformed(body: String, uid: String?) async throws {
        try await Self.serving { (webhook: ServedWebhook) async throws in
            let answer = try await webhook.ask(Self.path, .bytes(.init(string: body)))
            #expect(answer.status == 400)
            let review = try answer.review
            #expect(review.uid == uid ?? "")
            #expect(!review.allowed)
            #expect(review.status?.code == 400)
            #expect(review.status?.message.isEmpty == false)
            #expect(try await webhook.ask(Self.path, .bytes(.init(string: Self.good))).status == 200)
        }
    }

    @Test("Bytes that are no text at all are refused with 400")
    func noise() async throws {
        try await Self.serving { (webhook: ServedWebhook) async throws in
            var generator = SystemRandomNumberGenerator()
            for _ in 0..<200 {
                let bytes = (0..<Int.random(in: 1...3000)).map { _ in UInt8.random(in: 0...255, using: &generator) }
                #expect(try await webhook.ask(Self.path, .bytes(ByteBuffer(bytes: bytes))).status == 400)
            }
            // Good reviews with one byte that is not.
            for _ in 0..<300 {
                var bytes = Array(Self.good.utf8)
                bytes[Int.random(in: 0..<bytes.count)] = UInt8.random(in: 0...255)
                let answer = try await webhook.ask(Self.path, .bytes(ByteBuffer(bytes: bytes)))
                #expect(answer.status == 200 || answer.status == 400)
                _ = try answer.review
            }
        }
    }

    @Test("A body that is too large is refused with 413, whether or not it says how large it is")
    func large() async throws {
        var limits = AdmissionLimits()
        limits.body = 100_000
        try await Self.serving(limits: limits) { (webhook: ServedWebhook) async throws in
            for size in [100_001, 3_000_000] {
                let padded = Self.good + String(repeating: " ", count: size - Self.good.utf8.count)
                let stream = HTTPClientRequest.Body.stream(Array(padded.utf8).parts(of: 8192), length: .unknown)
                for body in [.bytes(.init(string: padded)), stream] {
                    let answer = try await webhook.ask(Self.path, body)
                    #expect(answer.status == 413)
                    #expect(try answer.review.uid == "u-1")
                    #expect(try answer.review.status?.reason == "RequestEntityTooLarge")
                }
            }
            let fitting = Self.good + String(repeating: " ", count: 100_000 - Self.good.utf8.count)
            #expect(try await webhook.ask(Self.path, .bytes(.init(string: fitting))).status == 200)
        }
    }

    @Test("Who sends bit by bit, nothing, or no TLS is cut off, and keeps nobody waiting")
    func slow() async throws {
        var limits = AdmissionLimits()
        limits.connections.greeting = .seconds(1)
        limits.connections.request = .seconds(1)
        try await Self.serving(limits: limits) { (webhook: ServedWebhook) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        let (parts, more) = AsyncStream.makeStream(of: ByteBuffer.self)
                        let drip = Task {
                            while !Task.isCancelled {
                                more.yield(ByteBuffer(string: " "))
                                try? await Task.sleep(for: .milliseconds(50))
                            }
                        }
                        await #expect(throws: (any Error).self) {
                            _ = try await webhook.ask(Self.path, .stream(parts, length: .unknown))
                        }
                        drip.cancel()
                    }
                    group.addTask {
                        let silent = try RawConnection(port: webhook.port)
                        #expect(try await silent.takeAll() == 0)
                        let plain = try RawConnection(port: webhook.port)
                        plain.send("POST /mutate-pod-creation HTTP/1.1\r\nHost: x\r\n\r\n")
                        _ = try await plain.takeAll()
                    }
                }
                for _ in 0..<20 {
                    #expect(try await webhook.ask(Self.path, .bytes(.init(string: Self.good))).status == 200)
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("More connections than there may be end the idle ones, never one that is being answered")
    func many() async throws {
        var limits = AdmissionLimits()
        limits.connections.count = 8
        try await Self.serving(limits: limits) { (webhook: ServedWebhook) async throws in
            var crowd: [RawConnection] = []
            for _ in 0..<40 {
                crowd.append(try RawConnection(port: webhook.port))
                #expect(try await webhook.ask(Self.path, .bytes(.init(string: Self.good))).status == 200)
            }
            withExtendedLifetime(crowd) {}
        }
    }

    @Test("TLS below 1.2 is refused, 1.2 and 1.3 are not")
    func versions() async throws {
        try await Self.serving { (webhook: ServedWebhook) async throws in
            let versions: [(TLSVersion, Bool)] = [(.tlsv11, false), (.tlsv12, true), (.tlsv13, true)]
            for (version, isTaken) in versions {
                let client = try ServedWebhook.client(trusting: webhook.authority) {
                    $0.minimumTLSVersion = .tlsv1
                    $0.maximumTLSVersion = version
                }
                let request = HTTPClientRequest(url: "https://127.0.0.1:\(webhook.port)/healthz")
                let status = try? await client.execute(request, timeout: .seconds(30)).status.code
                #expect(status == (isTaken ? 200 : nil), "\(version)")
                try await client.shutdown()
            }
        }
    }
}

extension [UInt8] {
    /// The bytes in parts, each of which is sent by itself.
    fileprivate func parts(of size: Int) -> AsyncStream<ByteBuffer> {
        AsyncStream { continuation in
            for start in stride(from: 0, to: count, by: size) {
                continuation.yield(ByteBuffer(bytes: self[start..<Swift.min(start + size, count)]))
            }
            continuation.finish()
        }
    }
}

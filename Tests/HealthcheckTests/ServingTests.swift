import NIOCore
import NIOPosix
import Observability
import Synchronization
import Testing

@testable import osm_healthcheck

/// How many sockets the applications of a pod have, and how often somebody looked.
final class PodSockets: Sendable {
    private let state = Mutex((count: 0, looks: 0, busyAt: ContinuousClock.now))

    init(_ count: Int) { set(count) }

    func set(_ count: Int) { state.withLock { $0.count = count } }
    func look() -> Int {
        state.withLock {
            $0.looks += 1
            if $0.count > 0 { $0.busyAt = .now }
            return $0.count
        }
    }
    /// When somebody saw a socket last.
    var busyAt: ContinuousClock.Instant { state.withLock { $0.busyAt } }
    var looks: Int { state.withLock { $0.looks } }
}

/// Waits until something is so.
func until(_ condition: () -> Bool) async throws {
    for _ in 0..<15_000 where !condition() { try await Task.sleep(for: .milliseconds(2)) }
    try #require(condition())
}

@Suite("The helper answers over HTTP", .timeLimit(.minutes(10)))
struct ServingTests {
    private static let ask = "/osm-healthcheck"
    private static let wait = "/osm-application-end"

    /// Serves while a body runs.
    private static func serving(
        limits: ProbeServer.Limits = .init(), end: ApplicationEnd = ApplicationEnd { 0 },
        _ body: @escaping @Sendable (_ port: Int, _ server: ProbeServer) async throws -> Void
    ) async throws {
        let (ports, found) = AsyncStream.makeStream(of: Int.self)
        let server = ProbeServer(
            port: 0, proxy: ProxyAdmin(address: "http://127.0.0.1:1"), endsWithWorkload: false, limits: limits, end: end
        ) { found.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await server.run() }
            try await body(try #require(await ports.first { _ in true }), server)
            group.cancelAll()
        }
    }

    private static func listener() async throws -> (any Channel, port: String) {
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        return (listener, "\(try #require(listener.localAddress?.port))")
    }

    @Test(
        "A TCP question is answered 200 where the application accepts, 404 where it does not, 400 where there is none")
    func tcp() async throws {
        try await Self.serving { port, _ in
            func answer(_ headers: [(String, String)]) async throws -> (status: Int, body: String) {
                try await Visitor.asking(port, Self.ask, headers).answer()
            }
            let (listener, application) = try await Self.listener()
            for name in ["Original-Tcp-Port", "Original-TCP-Port", "original-tcp-port"] {
                #expect(try await answer([(name, application)]) == (200, "ok\n"))
            }
            try await listener.close()
            let refused = try await answer([("Original-Tcp-Port", application)])
            #expect(refused.status == 404)
            #expect(refused.body.count > 1)
            for headers in [[], [("Original-Tcp-Port", "http")], [("Original-Grpc-Port", "0")], [("Tcp-Port", "80")]] {
                let none = try await answer(headers)
                #expect(none.status == 400)
                #expect(none.body.contains("Original-Tcp-Port"))
            }
            #expect(try await Visitor.asking(port, "/", []).answer().status == 404)
        }
    }

    @Test("A gRPC question is answered 200 where the service serves, 404 where it does not")
    func grpc() async throws {
        try await Self.serving { port, _ in
            try await HealthServer.serve("shop.Web") { (application: Int) async throws in
                for (service, status) in [("shop.Web", 200), ("other", 404)] {
                    let headers = [
                        ("Original-Grpc-Port", "\(application)"), ("Original-Grpc-Service", service),
                        ("Original-Timeout-Seconds", "60"),
                    ]
                    #expect(try await Visitor.asking(port, Self.ask, headers).answer().status == status)
                }
            }
        }
    }

    @Test("The end of the applications is told once no socket is left, not before")
    func end() async throws {
        let sockets = PodSockets(1)
        let end = ApplicationEnd(quietTime: .milliseconds(200), interval: .milliseconds(5)) { sockets.look() }
        try await Self.serving(end: end) { port, server in
            let visitor = try await Visitor.asking(port, Self.wait)
            // Far longer than the quiet time.
            try await until { sockets.looks >= 100 }
            #expect(server.pending == 1)
            sockets.set(0)
            let answer = try await visitor.answer()
            #expect(answer == (200, "ended\n"))
        }
    }

    @Test("Who goes is waited for no longer: neither for the applications' end nor for an application's answer")
    func leaving() async throws {
        let sockets = PodSockets(1)
        let end = ApplicationEnd(interval: .milliseconds(5)) { sockets.look() }
        let (listener, application) = try await Self.listener()
        try await Self.serving(end: end) { port, server in
            let question = [("Original-Grpc-Port", application), ("Original-Timeout-Seconds", "60")]
            for _ in 0..<5 {
                var visitors: [Visitor] = []
                for _ in 0..<20 {
                    visitors.append(try await .asking(port, Self.wait))
                    visitors.append(try await .asking(port, Self.ask, question))
                }
                try await until { server.pending == 40 && end.waiting == 20 }
                for visitor in visitors { await visitor.leave() }
                try await until { server.pending == 0 && end.waiting == 0 }
            }
            // Nobody looks any more.
            let looks = sockets.looks
            try await Task.sleep(for: .milliseconds(200))
            #expect(sockets.looks == looks)
        }
        try await listener.close()
    }

    @Test("An address that asks too much is told so, and others are answered")
    func shares() async throws {
        var limits = ProbeServer.Limits()
        limits.share = 8
        limits.connections.count = 40
        let (listener, application) = try await Self.listener()
        try await Self.serving(limits: limits, end: ApplicationEnd { 1 }) { port, server in
            let question = [("Original-Tcp-Port", application)]
            var waiting: [Visitor] = []
            for address in ["127.0.0.2", "127.0.0.3"] {
                for _ in 0..<8 { waiting.append(try await .asking(port, from: address, Self.wait)) }
            }
            try await until { server.pending == 16 }
            for _ in 0..<50 {
                for path in [Self.wait, Self.ask] {
                    let more = try await Visitor.asking(port, from: "127.0.0.2", path, question)
                    #expect(try await more.answer().status == 503)
                }
                #expect(try await Visitor.asking(port, Self.ask, question).answer().status == 200)
            }
            #expect(server.pending == 16)
            for visitor in waiting { await visitor.leave() }
            try await until { server.pending == 0 }
            #expect(try await Visitor.asking(port, from: "127.0.0.2", Self.ask, question).answer().status == 200)
        }
        try await listener.close()
    }

    @Test("More connections than there may be that say nothing keep nobody out")
    func silent() async throws {
        var limits = ProbeServer.Limits()
        limits.connections.count = 8
        let (listener, application) = try await Self.listener()
        try await Self.serving(limits: limits) { port, _ in
            var crowd: [Visitor] = []
            for _ in 0..<40 {
                crowd.append(try await Visitor(port, ""))
                let asking = try await Visitor.asking(port, Self.ask, [("Original-Tcp-Port", application)])
                #expect(try await asking.answer().status == 200)
            }
            for visitor in crowd.dropLast(8) { #expect(try await visitor.everything() == "") }
            for visitor in crowd.suffix(8) { await visitor.leave() }
        }
        try await listener.close()
    }

    @Test("A connection has one request, without a body")
    func single() async throws {
        try await Self.serving(end: ApplicationEnd { 1 }) { port, server in
            let ask = "GET \(Self.ask) HTTP/1.1\r\nHost: osm\r\n"
            let wait = "GET \(Self.wait) HTTP/1.1\r\nHost: osm\r\n"
            let one = try await Visitor(port, ask + "\r\n").everything()
            #expect(one.hasPrefix("HTTP/1.1 400"))
            #expect(one.contains("Connection: close"))
            for text in ["\(wait)\r\n\(ask)\r\n", "\(wait)Content-Length: 9\r\n\r\nx"] {
                #expect(try await Visitor(port, text).everything() == "")
            }
            try await until { server.pending == 0 }
        }
    }
}

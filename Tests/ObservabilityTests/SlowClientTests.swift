import Observability
import Synchronization
import TestInstruments
import Testing

@Suite("The HTTP endpoint and clients that mean no good", .timeLimit(.minutes(10)))
struct SlowClientTests {
    private static let size = 1 << 26

    private static let routes: [String: HTTPEndpoint.Route] = [
        "/healthz": { .text("ok") }, "/large": { .init(type: "text/plain", bytes: Array(repeating: 32, count: size)) },
    ]

    private static func limits(count: Int = 128, answer: Duration = .seconds(600)) -> OpenConnections.Limits {
        var limits = OpenConnections.Limits()
        limits.count = count
        limits.greeting = answer
        limits.request = answer
        limits.silence = answer
        return limits
    }

    private static let request = "GET /healthz HTTP/1.1\r\nHost: osm\r\n\r\n"

    /// Asks, and waits for the answer.
    private static func ask(_ connection: RawConnection) async throws {
        connection.send(request)
        while try #require(connection.take(), "it was closed") == 0 { try await Task.sleep(for: .milliseconds(2)) }
    }

    @Test("Many that say nothing keep nobody else out")
    func many() async throws {
        try await serving(Self.routes, limits: Self.limits(count: 8)) { port in
            var open: [RawConnection] = []
            for _ in 0..<10 {
                for _ in 0..<20 { open.append(try RawConnection(port: port)) }
                // All but the last few are closed.
                while open.count > 8 {
                    open.removeAll { $0.take() == nil }
                    try await Task.sleep(for: .milliseconds(2))
                }
                try await Self.ask(try RawConnection(port: port))
            }
        }
    }

    @Test("Whoever has gone longest without an answer has to go, and nobody else")
    func longest() async throws {
        try await serving(Self.routes, limits: Self.limits(count: 3)) { port in
            let regular = try RawConnection(port: port)
            var others: [RawConnection] = []
            for _ in 0..<20 {
                try await Self.ask(regular)
                others.append(try RawConnection(port: port))
                try await Self.ask(others[others.count - 1])
            }
            try await Self.ask(regular)
            for other in others.dropLast(2) { #expect(try await other.takeAll() == 0) }
            for other in others.suffix(2) { try await Self.ask(other) }
        }
    }

    @Test("One that says nothing, or that little by little, is gone after a while")
    func silent() async throws {
        try await serving(Self.routes, limits: Self.limits(answer: .milliseconds(200))) { port in
            let silent = try RawConnection(port: port)
            #expect(try await silent.takeAll() == 0)
            for beginning in ["GET /healthz HTTP/1.1\r\n", "POST /healthz HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n"]
            {
                let slow = try RawConnection(port: port)
                slow.send(beginning)
                while slow.take() != nil {
                    slow.send("X")
                    try await Task.sleep(for: .milliseconds(2))
                }
            }
            // On a busy machine an answer may take longer than this server's patience.
            var isAnswered = false
            for _ in 0..<100 where !isAnswered {
                isAnswered = (try? await Answer(port, "/healthz").body) == "ok"
            }
            #expect(isAnswered)
        }
    }

    @Test("One that does not read what it asked for is gone after a while, and one that reads gets all")
    func unread() async throws {
        try await serving(Self.routes, limits: Self.limits(answer: .milliseconds(500))) { port in
            let deaf = try RawConnection(port: port)
            deaf.send("GET /large HTTP/1.1\r\nHost: osm\r\n\r\n")
            // Two silent ones, one after the other: when the second is gone, so is whoever came before it.
            for _ in 0..<2 { #expect(try await RawConnection(port: port).takeAll() == 0) }
            #expect(try await deaf.takeAll() < Self.size)
        }
        try await serving(Self.routes) { port in
            let reading = try RawConnection(port: port)
            reading.send("GET /large HTTP/1.1\r\nHost: osm\r\nConnection: close\r\n\r\n")
            #expect(try await reading.takeAll() > Self.size)
        }
    }

    @Test("Those that say nothing, or only half of it, do not keep the process from stopping")
    func stopping() async throws {
        let clients = Clients()
        try await serving(Self.routes, limits: Self.limits()) { port in
            let deaf = try RawConnection(port: port)
            deaf.send("GET /large HTTP/1.1\r\nHost: osm\r\n\r\n")
            while deaf.take() == 0 { try await Task.sleep(for: .milliseconds(2)) }
            clients.add(deaf)
            for beginning in ["", "GET /healthz HT", "GET /healthz HTTP/1.1\r\nHost: osm\r\n\r\n"] {
                let client = try RawConnection(port: port)
                client.send(beginning)
                clients.add(client)
            }
            // The server has taken up what was sent before.
            #expect(try await Answer(port, "/healthz").body == "ok")
        }
        // It has stopped; the clients had no part in it.
        for client in clients.all { _ = try await client.takeAll() }
        #expect(clients.all.count == 4)
    }

    @Test("Those that say nothing do not keep a process from ending that fails")
    func failing() async throws {
        let clients = Clients()
        let (ports, found) = AsyncStream.makeStream(of: Int.self)
        let served = endpoint(Self.routes, limits: Self.limits()) { found.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await served.run() }
            let port = try #require(await ports.first { _ in true })
            for beginning in ["", Self.request] {
                let client = try RawConnection(port: port)
                client.send(beginning)
                clients.add(client)
            }
            try await Self.ask(clients.all[1])
            group.cancelAll()
        }
        for client in clients.all { _ = try await client.takeAll() }
        #expect(clients.all.count == 2)
    }

    /// Connections that outlive what opened them.
    private final class Clients: Sendable {
        private let connections = Mutex<[RawConnection]>([])

        var all: [RawConnection] { connections.withLock { $0 } }

        func add(_ connection: RawConnection) { connections.withLock { $0.append(connection) } }
    }

    @Test("A request larger than any is refused")
    func tooLarge() async throws {
        try await serving(Self.routes) { port in
            let large = try RawConnection(port: port)
            large.send("GET /healthz HTTP/1.1\r\nHost: osm\r\nX: \(String(repeating: "x", count: 100_000))\r\n\r\n")
            var total = 0
            while let count = large.take() {
                total += count
                if count == 0 { try await Task.sleep(for: .milliseconds(2)) }
            }
            #expect(total < 1000)
            #expect(try await Answer(port, "/healthz").body == "ok")
        }
    }
}

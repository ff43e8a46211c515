import MeshModel
import NIOHTTP1
import TestInstruments
import Testing

@testable import KubernetesClient

@Suite("A watch of a server that has a bad day")
struct ScriptedWatchTests {
    typealias Answer = ScriptedServer.Answer
    private static let path = "/api/v1/serviceaccounts"
    private static let version = Answer.json("{\"major\":\"1\",\"minor\":\"20\"}")
    private static let gone = "{\"kind\":\"Status\",\"reason\":\"Expired\",\"message\":\"too old\",\"code\":410}"

    private static func object(_ name: String, _ version: Int, padding: Int = 0) -> String {
        let labels = "{\"version\":\"\(version)\",\"padding\":\"\(String(repeating: "x", count: padding))\"}"
        return
            "{\"metadata\":{\"name\":\"\(name)\",\"namespace\":\"n\",\"uid\":\"u\",\"resourceVersion\":\"\(version)\","
            + "\"labels\":\(labels)}}"
    }

    private static func page(_ objects: [String], at version: Int, more: String = "") -> Answer {
        .json(
            "{\"metadata\":{\"resourceVersion\":\"\(version)\",\"continue\":\"\(more)\"},"
                + "\"items\":[\(objects.joined(separator: ","))]}")
    }

    private static func line(_ type: String, _ object: String) -> String {
        "{\"type\":\"\(type)\",\"object\":\(object)}\n"
    }

    private static let quiet = Answer(ending: .stall)

    /// Follows a server whose lists and watches are answered each in their order, the last one again and again.
    private func follow(
        lists: [Answer], watches: [Answer], version: Answer = version, timing: TransportTiming = TransportTiming(),
        until isEnough: @Sendable (Follower<ServiceAccount>.State, [ScriptedServer.Request]) -> Bool,
        _ check: (Follower<ServiceAccount>.State, [ScriptedServer.Request]) throws -> Void
    ) async throws {
        try await ScriptedServer.with { request, before in
            guard request.path == Self.path else { return request.path == "/version" ? version : .json("ok") }
            let answers = request.isWatch ? watches : lists
            return answers[min(before, answers.count - 1)]
        } _: { server in
            try await withKubernetesClient(server.access, timing: timing) { client in
                try await following(client.watch(ServiceAccount.self)) { follower in
                    let state = try await follower.wait { isEnough($0, server.requests) }
                    try check(state, server.requests.filter { $0.path == Self.path })
                }
            }
        }
    }

    private func changes(_ state: Follower<ServiceAccount>.State) -> [String] {
        state.changes.map { change in
            if case .set(let object) = change {
                return "\(object.name.name)=\(object.metadata.labels["version"] ?? "")"
            }
            return "-\(change.name.name)"
        }
    }

    private func count(_ requests: [ScriptedServer.Request], watches: Bool) -> Int {
        requests.count { $0.path == Self.path && $0.isWatch == watches }
    }

    @Test("Asks for a consistent list in pages, then for what follows, with bookmarks and an end")
    func parameters() async throws {
        let lists = [Self.page([Self.object("a", 1)], at: 9, more: "t"), Self.page([Self.object("b", 2)], at: 9)]
        try await follow(lists: lists, watches: [Self.quiet]) {
            self.count($1, watches: true) == 1
        } _: { _, requests in
            #expect(requests.map(\.isWatch) == [false, false, true])
            #expect(requests.map { $0.query["resourceVersion"] } == [nil, nil, "9"])
            #expect(requests.map { $0.query["continue"] } == [nil, "t", nil])
            #expect(requests.map { $0.query["limit"] } == ["500", "500", nil])
            #expect(requests[2].query["allowWatchBookmarks"] == "true")
            let seconds = try #require(requests[2].query["timeoutSeconds"].flatMap { Int($0) })
            #expect((300...600).contains(seconds))
        }
    }

    @Test("Starts a list over whose next page is gone, and tells nothing twice")
    func expiredPage() async throws {
        let lists = [
            Self.page([Self.object("a", 1), Self.object("b", 2)], at: 9, more: "t"), .json(Self.gone, .gone),
            Self.page([Self.object("b", 2)], at: 12, more: "u"), Self.page([Self.object("c", 11)], at: 12),
        ]
        try await follow(lists: lists, watches: [Self.quiet]) { state, _ in
            state.synchronizations == 1
        } _: {
            state, requests in
            #expect(changes(state) == ["a=1", "b=2", "c=11", "-a"])
            #expect(requests.prefix(4).map { $0.query["continue"] } == [nil, "t", nil, "u"])
        }
    }

    @Test("Lists again after a gap, and tells the differences alone")
    func gap() async throws {
        let lists = [
            Self.page([Self.object("a", 1), Self.object("b", 2)], at: 9),
            Self.page([Self.object("b", 2), Self.object("c", 20)], at: 21),
        ]
        let watches = [Answer(parts: [Self.line("ERROR", Self.gone)], ending: .stall), Self.quiet]
        try await follow(lists: lists, watches: watches) {
            self.count($1, watches: true) == 2
        } _: { state, requests in
            #expect(changes(state) == ["a=1", "b=2", "c=20", "-a"])
            #expect(requests.map { $0.query["resourceVersion"] } == [nil, "9", nil, "21"])
            #expect(state.synchronizations == 1)
        }
    }

    @Test("Puts lines together however they were cut, and goes on after the last bookmark")
    func halfLines() async throws {
        let text =
            Self.line("ADDED", Self.object("a", 10, padding: 3000)) + Self.line("DELETED", Self.object("a", 11))
            + Self.line("BOOKMARK", Self.object("", 30)) + Self.line("ADDED", Self.object("lost", 31)).dropLast(5)
        let parts = stride(from: 0, to: text.count, by: 7).map { String(text.dropFirst($0).prefix(7)) }
        let watches = [
            Answer(parts: parts, ending: .cut),
            Answer(parts: [Self.line("ADDED", Self.object("b", 31))], ending: .stall),
        ]
        try await follow(lists: [Self.page([], at: 9)], watches: watches) { state, _ in
            state.changes.count == 3
        } _: {
            state, requests in
            #expect(changes(state) == ["a=10", "-a", "b=31"])
            #expect(requests.map { $0.query["resourceVersion"] } == [nil, "9", "30"])
        }
    }

    @Test("Lists again after what cannot be read, or is too long")
    func unreadableStream() async throws {
        let lists = (0..<3).map { Self.page([Self.object("a", 1)], at: 9 + $0) }
        let long = String(repeating: "x", count: 1 << 20)
        let watches = [
            Answer(parts: [Self.line("ADDED", Self.object("b", 10)), "<html>\n"], ending: .stall),
            Answer(parts: Array(repeating: long, count: 17), ending: .stall), Self.quiet,
        ]
        try await follow(lists: lists, watches: watches) {
            self.count($1, watches: true) == 3
        } _: { state, requests in
            #expect(changes(state) == ["a=1", "b=10", "-b"])
            #expect(requests.map(\.isWatch) == [false, true, false, true, false, true])
        }
    }

    @Test("Cuts a stream that is silent beyond what was asked for, and opens it again in its place")
    func stall() async throws {
        let timing = TransportTiming(watch: 1...1, watchGrace: .milliseconds(100))
        let watches = [Self.quiet, Answer(parts: [Self.line("ADDED", Self.object("b", 10))], ending: .stall)]
        try await follow(lists: [Self.page([], at: 9)], watches: watches, timing: timing) { state, _ in
            state.changes.count == 1
        } _: { state, requests in
            #expect(requests.prefix(3).map { $0.query["resourceVersion"] } == [nil, "9", "9"])
        }
    }

    @Test("Does not ask without end a server that ends every stream at once")
    func hotLoop() async throws {
        try await follow(lists: [Self.page([], at: 9)], watches: [Answer()]) {
            self.count($1, watches: true) >= 3
        } _: {
            _, requests in
            #expect(requests.count { !$0.isWatch } == 1)
        }
        try await ScriptedServer.with { request, _ in
            request.path == "/version" ? Self.version : request.isWatch ? Answer() : Self.page([], at: 9)
        } _: { server in
            try await withKubernetesClient(server.access) { client in
                try await following(client.watch(ServiceAccount.self)) { _ in
                    try await Task.sleep(for: .seconds(1))
                    // Pauses of at least 0.2, 0.4 and 0.8 seconds leave no time for more.
                    #expect(self.count(server.requests, watches: true) <= 4)
                }
            }
        }
    }

    @Test("Has lists sent as events by a server of today, up to the mark")
    func streaming() async throws {
        let mark = """
            {"metadata":{"resourceVersion":"9","annotations":{"k8s.io/initial-events-end":"true"}}}
            """
        let today = Answer.json("{\"major\":\"1\",\"minor\":\"34\"}")
        let watches = [
            Answer(
                parts: [Self.line("ADDED", Self.object("a", 1)), Self.line("ADDED", Self.object("b", 2))], ending: .cut),
            Answer(
                parts: [
                    Self.line("ADDED", Self.object("b", 2)), Self.line("BOOKMARK", mark),
                    Self.line("ADDED", Self.object("c", 12)),
                ], ending: .cut), Self.quiet,
        ]
        try await follow(lists: [.json("{}", .badRequest)], watches: watches, version: today) {
            self.count($1, watches: true) == 3
        } _: { state, requests in
            #expect(changes(state) == ["a=1", "b=2", "-a", "c=12"])
            #expect(state.synchronizedAfter == 3)
            #expect(requests.map(\.isWatch) == [true, true, true])
            #expect(requests.map { $0.query["sendInitialEvents"] } == ["true", "true", nil])
            #expect(requests.map { $0.query["resourceVersionMatch"] } == ["NotOlderThan", "NotOlderThan", nil])
            #expect(requests.map { $0.query["resourceVersion"] } == [nil, nil, "12"])
        }
    }

    @Test("Falls back to pages where the server does not know lists as events, and remembers that")
    func streamingRefused() async throws {
        let today = Answer.json("{\"major\":\"1\",\"minor\":\"34\"}")
        let refusal = "{\"code\":422,\"reason\":\"Invalid\",\"message\":\"sendInitialEvents is forbidden\"}"
        try await ScriptedServer.withClient { request, _ in
            if request.path == "/version" { return today }
            if request.query["sendInitialEvents"] != nil { return .json(refusal, .unprocessableEntity) }
            return request.isWatch ? Self.quiet : Self.page([Self.object("a", 1)], at: 9)
        } _: { server, client in
            for _ in 0..<2 {
                try await following(client.watch(ServiceAccount.self)) { follower in
                    _ = try await follower.wait { $0.synchronizations == 1 }
                }
            }
            #expect(server.requests.count { $0.query["sendInitialEvents"] != nil } == 1)
            #expect(server.requests.count { $0.path == "/version" } == 1)
        }
    }

    @Test("Keeps what is known while the server is starting and denies the kind")
    func starting() async throws {
        let denial = Answer.json("{\"code\":404,\"message\":\"not found\"}", .notFound)
        try await ScriptedServer.withClient { request, before in
            if request.path == "/version" { return Self.version }
            if request.path == "/readyz" { return before < 3 ? .json("no", .internalServerError) : .json("ok") }
            // Cut once, then denied, until the server has started.
            if request.isWatch { return before == 0 ? Answer(ending: .cut) : before < 6 ? denial : Self.quiet }
            return before == 0 || before > 3 ? Self.page([Self.object("a", 1)], at: 9) : denial
        } _: { server, client in
            try await following(client.watch(ServiceAccount.self)) { follower in
                let state = try await follower.wait { _ in
                    server.requests.count { $0.path == "/readyz" } >= 4 && server.requests.last?.isWatch == true
                }
                #expect(changes(state) == ["a=1"])
            }
        }
    }

    @Test("Ends when its task is cancelled, wherever it waits", arguments: [true, false])
    func cancellation(inWatch: Bool) async throws {
        try await ScriptedServer.withClient { request, _ in
            if request.path == "/version" { return Self.version }
            if inWatch, !request.isWatch { return Self.page([], at: 9) }
            return Self.quiet
        } _: { server, client in
            try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask {
                    var events = 0
                    for await _ in client.watch(ServiceAccount.self) { events += 1 }
                    return events
                }
                while self.count(server.requests, watches: inWatch) == 0 {
                    try await Task.sleep(for: .milliseconds(10))
                }
                group.cancelAll()
                #expect(try await group.next() == (inWatch ? 1 : 0))
            }
        }
    }
}

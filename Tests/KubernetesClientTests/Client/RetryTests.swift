import Foundation
import MeshModel
import NIOHTTP1
import Testing

@testable import KubernetesClient

@Suite("A request that fails")
struct RetryTests {
    private func status(_ code: Int, _ reason: String = "", seconds: Int? = nil) -> String {
        let details = seconds.map { ",\"details\":{\"retryAfterSeconds\":\($0)}" } ?? ""
        return
            "{\"kind\":\"Status\",\"message\":\"said so\",\"reason\":\"\(reason)\",\"code\":\(code)\(details)}"
    }

    @Test("Is repeated when the server asks to come back later", arguments: [429, 503])
    func retryAfter(code: Int) async throws {
        let busy = ScriptedServer.Answer(
            status: HTTPResponseStatus(statusCode: code), headers: ["retry-after": "0"], parts: [status(code)])
        try await ScriptedServer.withClient {
            $1 < 3 ? busy : .json("{\"issuer\":\"me\"}")
        } _: { server, client in
            let issuer = try await client.issuer()
            #expect(issuer == "me")
            #expect(server.requests.count == 4)
        }
    }

    @Test("Is repeated only so often")
    func bounded() async throws {
        let busy = ScriptedServer.Answer(
            status: .tooManyRequests, headers: ["retry-after": "0"], parts: [status(429, "TooManyRequests")])
        try await ScriptedServer.withClient { _, _ in
            busy
        } _: { server, client in
            let error = try await #require(throws: KubernetesError.self) {
                try await client.apply(
                    .configMap, ObjectName(namespace: "n", name: "a"), body: ["a": "b"], fieldManager: "m", force: true)
            }
            #expect(error.code == .tooManyRequests)
            #expect(error.reason == "TooManyRequests")
            #expect(server.requests.count == 6)
            #expect(server.requests.allSatisfy { $0.body == "{\"a\":\"b\"}" })
        }
    }

    @Test("Is not repeated where the server does not ask for it, or to wait for very long")
    func notRepeated() async throws {
        let plain = ScriptedServer.Answer(status: .serviceUnavailable, parts: ["no etcd"])
        try await ScriptedServer.withClient { _, _ in
            plain
        } _: { server, client in
            let error = try await #require(throws: KubernetesError.self) { try await client.serverVersion() }
            #expect(error.code == .unavailable)
            #expect(error.message == "GET /version: no etcd")
            #expect(server.requests.count == 1)
        }
        let late = ScriptedServer.Answer(status: .tooManyRequests, headers: ["retry-after": "3600"])
        try await ScriptedServer.withClient { _, _ in
            late
        } _: { server, client in
            let error = try await #require(throws: KubernetesError.self) { try await client.serverVersion() }
            #expect(error.retryAfter == .seconds(3600))
            #expect(server.requests.count == 1)
        }
    }

    @Test("Is repeated once after a cut connection if it only reads")
    func cut() async throws {
        let cut = ScriptedServer.Answer(headers: ["content-length": "100"], parts: ["{"], ending: .cut)
        try await ScriptedServer.withClient { request, before in
            before == 0 ? cut : .json("{\"major\":\"1\",\"minor\":\"29+\"}")
        } _: { server, client in
            #expect(try await client.serverVersion() == ServerVersion(major: 1, minor: 29))
            let error = try await #require(throws: KubernetesError.self) {
                try await client.create(.configMap, ObjectName(namespace: "n", name: "a"), body: ["a": "b"])
            }
            #expect(error.code == .transport)
            #expect(server.requests.map(\.method) == [.GET, .GET, .POST])
        }
    }

    @Test("Ends when the server is silent")
    func silence() async throws {
        let silent = ScriptedServer.Answer(parts: ["{"], ending: .stall)
        let timing = TransportTiming(read: .milliseconds(200))
        try await ScriptedServer.withClient(timing: timing) { _, _ in
            silent
        } _: { server, client in
            let error = try await #require(throws: KubernetesError.self) {
                try await client.delete(.configMap, ObjectName(namespace: "n", name: "a"))
            }
            #expect(error.code == .transport)
        }
    }

    @Test("Is sent again with the new token where the old one is refused, once")
    func unauthorized() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "token-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try "old\n".write(to: file, atomically: true, encoding: .utf8)
        try await ScriptedServer.with { request, _ in
            request.headers.first(name: "authorization") == "Bearer new"
                ? .json("{\"issuer\":\"me\"}") : .json("{}", .unauthorized)
        } _: { server in
            var access = server.access
            access.credential = .tokenFile(file.path)
            try await withKubernetesClient(access) { client in
                let error = try await #require(throws: KubernetesError.self) { try await client.issuer() }
                #expect(error.code == .unauthorized)
                #expect(server.requests.count == 2)
                try "new\n".write(to: file, atomically: true, encoding: .utf8)
                // The old token is still in use, until the server refuses it.
                #expect(try await client.issuer() == "me")
                #expect(
                    server.requests.map { $0.headers.first(name: "authorization") } == [
                        "Bearer old", "Bearer old", "Bearer old", "Bearer new",
                    ])
            }
        }
    }

    @Test("Continues a list over its pages, and starts over where a page is gone")
    func expiredPage() async throws {
        @Sendable func page(_ names: [String], _ next: String) -> ScriptedServer.Answer {
            let items = names.map { "{\"metadata\":{\"name\":\"\($0)\"}}" }.joined(separator: ",")
            return .json("{\"metadata\":{\"resourceVersion\":\"5\",\"continue\":\"\(next)\"},\"items\":[\(items)]}")
        }
        let gone = status(410, "Expired")
        try await ScriptedServer.withClient { request, before in
            switch (request.query["continue"], before) {
            case (nil, _): page(["a", "b"], "t\(before)")
            case ("t0", _): .json(gone, .gone)
            default: page(["c"], "")
            }
        } _: { server, client in
            let names = try await client.list(.pod, as: Manifest.self).map(\.metadata.name)
            #expect(names == ["a", "b", "c"])
            #expect(server.requests.map { $0.query["continue"] } == [nil, "t0", nil, "t2"])
            #expect(server.requests.allSatisfy { $0.query["limit"] == "500" && $0.query["resourceVersion"] == nil })
        }
    }
}

import MeshModel
import NIOHPACK
import TestInstruments
import Testing
import XDSCache

@testable import XDSServer

/// How a call begins and ends (gRPC over HTTP2, "Requests" and "Responses").
@Suite("gRPC on the wire: calls")
struct CallTests {
    private static func with(
        patience: Duration = .seconds(60), _ body: @escaping @Sendable (BareServer) async throws -> Void
    ) async throws {
        try await BareServer.with(patience: patience) { bare in
            bare.show([BareServer.message(.cluster, "a")])
            try await body(bare)
        }
    }

    /// Asks on a connection for what must come, so that it is seen to be served still.
    private static func isServed(_ connection: WireConnection) async throws -> Bool {
        let proxy = try await WireProxy.open(.delta, connection, BareServer.pod)
        try await proxy.ask(.cluster)
        let answer = try await proxy.take()
        try await connection.send(.reset(proxy.call.id))
        return answer.summary == "Cluster a"
    }

    @Test("a call that is served has headers of HTTP status 200 and the content type of gRPC, before its first message")
    func headers() async throws {
        try await Self.with { bare in
            for variant in ProxyStream.Variant.allCases {
                try await bare.watch(variant) { proxy in
                    try await proxy.ask(.cluster)
                    _ = try await proxy.take()
                    let state = proxy.call.connection.received
                    let headers = try #require(state.streams[proxy.call.id]?.headers.first)
                    #expect(headers.first(name: ":status") == "200")
                    #expect(headers.first(name: "content-type")?.hasPrefix("application/grpc") == true)
                    #expect(headers.first(name: "grpc-status") == nil)
                }
            }
        }
    }

    @Test(
        "an unknown method or service is not implemented, in trailers alone; and only the path itself is the method",
        arguments: [
            "", "/", "//", "nothing", "/nothing", "/envoy.service.discovery.v3.AggregatedDiscoveryService",
            "/envoy.service.discovery.v3.AggregatedDiscoveryService/",
            "/envoy.service.discovery.v3.AggregatedDiscoveryService/Nothing",
            "/envoy.service.discovery.v3.ClusterDiscoveryService/DeltaClusters",
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            // As a rule by path might let pass, and a server might take for the method (CVE-2026-33186).
            String(WireCall.delta.dropFirst()), "/" + WireCall.delta, WireCall.delta + "/", WireCall.delta + "?a=b",
            WireCall.delta.lowercased(), "/%65" + WireCall.delta.dropFirst(2), WireCall.delta + "/../Delta",
        ])
    func unknown(path: String) async throws {
        try await Self.with { bare in
            try await bare.wire { connection in
                let call = try await connection.open(WireCall.fields(path: path, token: BareServer.pod))
                try? await call.send(HostileClient.request(ResourceType.cluster.url))
                let end = try await call.end()
                #expect(end.isByServer)
                // A path that begins with nothing is none in HTTP/2 (RFC 9113, section 8.3.1).
                if path.hasPrefix("/") || end.reset == nil {
                    #expect(end.httpStatus == "200")
                    #expect(end.contentType?.hasPrefix("application/grpc") == true)
                    #expect(end.isTrailersOnly)
                    #expect(end.status == WireCall.Status.unimplemented)
                }
                #expect(bare.log.lines("proxy connected").isEmpty)
                if path.hasPrefix("/") { #expect(try await Self.isServed(connection)) }
            }
        }
    }

    @Test(
        "a content type that is not gRPC's is refused as HTTP has it",
        arguments: [nil, "", "text/plain", "application/json", "application/gRP"])
    func contentType(type: String?) async throws {
        try await Self.with { bare in
            try await bare.wire { connection in
                let call = try await connection.open(WireCall.fields(token: BareServer.pod, type: type))
                let end = try await call.end()
                #expect(end.isByServer)
                if end.reset == nil { #expect(end.httpStatus == "415") }
                #expect(bare.log.lines("proxy connected").isEmpty)
                #expect(try await Self.isServed(connection))
            }
        }
    }

    @Test("content types of gRPC are served", arguments: ["application/grpc", "application/grpc+proto"])
    func goodContentType(type: String) async throws {
        try await Self.with { bare in
            try await bare.wire { connection in
                let call = try await connection.open(WireCall.fields(token: BareServer.pod, type: type))
                let proxy = WireProxy(.delta, call)
                try await proxy.ask(.cluster)
                #expect(try await proxy.take().summary == "Cluster a")
            }
        }
    }

    @Test("a method of HTTP other than POST is refused", arguments: ["GET", "PUT", "HEAD", "CONNECT", "post"])
    func method(method: String) async throws {
        try await Self.with { bare in
            try await bare.wire { connection in
                let call = try await connection.open(
                    WireCall.fields(token: BareServer.pod, method: method), ends: method != "PUT")
                let end = try await call.end()
                #expect(end.isByServer)
                let isRefused =
                    end.reset != nil || end.httpStatus == "405" || (end.status.map { $0 != 0 } ?? false)
                #expect(isRefused, "HTTP \(end.httpStatus ?? "-"), gRPC \(end.status.map(String.init) ?? "-")")
                #expect(bare.log.lines("proxy connected").isEmpty)
                // A CONNECT with a path is malformed, and may end the connection.
                if method != "CONNECT" { #expect(try await Self.isServed(connection)) }
            }
        }
    }

    @Test(
        "without a good token nothing is parsed: the status comes in trailers alone, whether or not there is a message",
        arguments: [nil, "", "rubbish", "a.b.c", String(repeating: "a", count: 8_000)], [false, true])
    func authentication(token: String?, isMessageSent: Bool) async throws {
        try await RunningController.with(WatchedMesh.files) { running in
            try await WireConnection.with(port: running.port, rootsPEM: running.rootsPEM) { connection in
                for path in [WireCall.delta, WireCall.stateOfTheWorld] {
                    let call = try await connection.open(WireCall.fields(path: path, token: token))
                    // Rubbish: with a token the status would be that it is no request.
                    if isMessageSent { try? await call.send([UInt8](repeating: 0xff, count: 100)) }
                    let end = try await call.end()
                    #expect(end.isByServer && end.isTrailersOnly)
                    #expect(end.httpStatus == "200")
                    #expect(end.contentType?.hasPrefix("application/grpc") == true)
                    #expect(end.status == WireCall.Status.unauthenticated)
                    #expect(end.message?.contains("shop") == false)
                }
                // The connection may be used by who has one.
                let proxy = try await WireProxy.open(.delta, connection, running.token(of: WatchedMesh.pod))
                try await proxy.ask(.cluster)
                #expect(try await !proxy.take().names.isEmpty)
            }
        }
    }

    @Test("a client that has said all, and is answered, has a good end", arguments: ProxyStream.Variant.allCases)
    func halfClose(variant: ProxyStream.Variant) async throws {
        try await Self.with { bare in
            try await bare.watch(variant) { proxy in
                try await proxy.ask(.cluster)
                _ = try await proxy.take()
                try await proxy.call.finish()
                let end = try await proxy.call.end()
                #expect(end.isByServer && end.reset == nil && !end.isTrailersOnly)
                #expect(end.status == WireCall.Status.ok)
                try await bare.until { _ in bare.streams == 0 }
                #expect(try await Self.isServed(proxy.call.connection))
            }
        }
    }

    @Test("a client that says nothing at all has a good end, too")
    func nothingSaid() async throws {
        try await Self.with { bare in
            try await bare.wire { connection in
                let call = try await connection.open(WireCall.fields(token: BareServer.pod))
                try await call.finish()
                let end = try await call.end()
                #expect(end.isByServer && end.status == WireCall.Status.ok)
                #expect(try await Self.isServed(connection))
            }
        }
    }

    @Test("a stream that ends with its header fields, which gRPC does not allow, comes to an end")
    func endInHeaders() async throws {
        try await Self.with(patience: .seconds(1)) { bare in
            try await bare.wire { connection in
                let call = try await connection.open(WireCall.fields(token: BareServer.pod), ends: true)
                #expect(try await call.end().isByServer)
                try await bare.until { _ in bare.streams == 0 }
                #expect(try await Self.isServed(connection))
            }
        }
    }

    @Test("a client that ends within a message has a bad end")
    func endWithinMessage() async throws {
        try await Self.with { bare in
            for bytes in [[0], [0, 0, 0, 0], [0, 0, 0, 0, 9, 1, 2]] as [[UInt8]] {
                try await bare.wire { connection in
                    let call = try await connection.open(WireCall.fields(token: BareServer.pod))
                    try await call.send(bytes: bytes, ends: true)
                    let end = try await call.end()
                    #expect(end.isByServer)
                    #expect(end.reset != nil || (end.status.map { $0 != WireCall.Status.ok } ?? false))
                    #expect(try await Self.isServed(connection))
                }
            }
        }
    }

    @Test("a deadline that the client gives is kept", arguments: ["100m", "1S", "200000u", "1n"])
    func deadline(timeout: String) async throws {
        try await Self.with { bare in
            try await bare.wire { connection in
                let call = try await connection.open(WireCall.fields(token: BareServer.pod, timeout: timeout))
                let proxy = WireProxy(.delta, call)
                try? await proxy.ask(.cluster)
                let end = try await call.end(within: .seconds(60))
                #expect(end.isByServer)
                // It may also be said by a reset, whose code is CANCEL.
                #expect(end.status == WireCall.Status.deadlineExceeded || end.reset == 8)
                #expect(try await Self.isServed(connection))
            }
        }
    }

    @Test("a long deadline ends nothing", arguments: ["99999999H", "1H", "60000000M"])
    func longDeadline(timeout: String) async throws {
        try await Self.with { bare in
            try await bare.wire { connection in
                let call = try await connection.open(WireCall.fields(token: BareServer.pod, timeout: timeout))
                let proxy = WireProxy(.delta, call)
                try await proxy.ask(.cluster)
                #expect(try await proxy.take().summary == "Cluster a")
            }
        }
    }

    @Test("a stream that the client resets is over: there is room for others, any number of times")
    func resetByClient() async throws {
        try await Self.with { bare in
            try await bare.wire { connection in
                for round in 1...(3 * AggregatedDiscovery.maximumStreams) {
                    let proxy = try await WireProxy.open(.delta, connection, BareServer.pod)
                    try await proxy.ask(.cluster)
                    _ = try await proxy.next()
                    #expect(bare.streams == 1)
                    try await connection.send(.reset(proxy.call.id))
                    try await bare.until { _ in
                        bare.streams == 0 && bare.log.lines("proxy disconnected").count == round
                    }
                }
                #expect(bare.log.lines("stream refused").isEmpty)
            }
            // So it is when the connection goes without a word.
            let connection = try await WireConnection.connect(port: bare.port, rootsPEM: bare.rootsPEM)
            let proxy = try await WireProxy.open(.delta, connection, BareServer.pod)
            try await proxy.ask(.cluster)
            _ = try await proxy.next()
            await connection.close()
            try await bare.until { _ in bare.streams == 0 }
        }
    }

    @Test(
        "a server that stops says good-bye on each connection, and ends each stream so that its client comes back"
    )
    func shutdown() async throws {
        try await Self.with { bare in
            let idle = try await WireConnection.connect(port: bare.port, rootsPEM: bare.rootsPEM)
            try await idle.ping()
            try await bare.watch(.delta) { proxy in
                try await proxy.ask(.cluster)
                _ = try await proxy.take()
                await bare.stop()
                let end = try await proxy.call.end()
                #expect(end.status == WireCall.Status.unavailable && end.isByServer)
                try await proxy.call.connection.untilClosed()
                #expect(proxy.call.connection.received.firstGoAway == 0)
            }
            try await idle.untilClosed()
            #expect(idle.received.firstGoAway == 0)
            await idle.close()
        }
    }

    @Test("who asks nothing is told that its time is over", arguments: ProxyStream.Variant.allCases)
    func silent(variant: ProxyStream.Variant) async throws {
        try await Self.with(patience: .seconds(1)) { bare in
            try await bare.watch(variant) { proxy in
                // A message that is begun and not ended is no question.
                try await proxy.call.send(bytes: [0, 0, 0])
                let end = try await proxy.call.end()
                #expect(end.status == WireCall.Status.deadlineExceeded && end.isByServer)
                #expect(end.message?.isEmpty == false)
                try await bare.until { _ in bare.streams == 0 }
            }
        }
    }
}

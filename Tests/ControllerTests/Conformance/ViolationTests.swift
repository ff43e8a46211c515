import MeshModel
import NIOHPACK
import TestInstruments
import Testing
import XDSCache

@testable import XDSServer

@Suite("HTTP/2 on the wire: who breaks the rules")
struct ViolationTests {
    /// Serves a proxy beside, which must get an update after the body and have kept its stream.
    private static func beside(_ body: @escaping @Sendable (BareServer) async throws -> Void) async throws {
        try await BareServer.with { bare in
            bare.show([BareServer.message(.cluster, "a")])
            try await bare.watch(.delta) { neighbour in
                try await neighbour.ask(.cluster)
                #expect(try await neighbour.take().summary == "Cluster a")
                try await body(bare)
                bare.show([BareServer.message(.cluster, "a", 2)])
                #expect(try await neighbour.take().summary == "Cluster a")
            }
        }
    }

    @Test("loses the connection, or the stream where that is enough, and nobody else does", arguments: Violation.all)
    func violation(violation: Violation) async throws {
        try await Self.beside { bare in
            try await bare.wire { connection in
                let proxy = try await WireProxy.open(.delta, connection, BareServer.pod)
                try await proxy.ask(.cluster)
                _ = try await proxy.take()
                let next = proxy.call.id + 2
                try? await connection.send(bytes: violation.bytes(proxy.call.id, next))
                try await connection.until("\(violation.testDescription) is punished") { state in
                    let isReset = [proxy.call.id, next].contains { id in
                        guard let stream = state.streams[id] else { return false }
                        let status = stream.headers.last?.first(name: "grpc-status")
                        let isRefused = stream.isEnded && status != "0"
                        return stream.reset != nil || isRefused
                    }
                    return state.isClosed || state.goAway.map { $0 != 0 } ?? false || (violation.isOfStream && isReset)
                }
            }
            try await bare.until { _ in bare.streams == 1 }
        }
    }

    @Test(
        "loses the connection who begins with something else than HTTP/2",
        arguments: [
            Array("GET / HTTP/1.1\r\nhost: osm-controller\r\n\r\n".utf8), [UInt8](repeating: 0, count: 100),
            Array("PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n".utf8),
            WireFrame.preface + WireFrame(.ping, [0, 0, 0, 0, 0, 0, 0, 0]).bytes(),
            WireFrame.preface
                + WireFrame(
                    .headers, flags: WireFrame.endHeaders, stream: 1,
                    WireFields.block(WireCall.fields(token: BareServer.pod))
                ).bytes(),
        ])
    func beginning(bytes: [UInt8]) async throws {
        try await Self.beside { bare in
            var manners = WireConnection.Manners()
            manners.begins = false
            try await bare.wire(manners) { connection in
                try await connection.send(bytes: bytes)
                try await connection.untilClosed()
            }
        }
    }

    @Test("is not served in plain text", arguments: [true, false])
    func plain(begins: Bool) async throws {
        try await Self.beside { bare in
            var manners = WireConnection.Manners()
            (manners.speaksTLS, manners.begins) = (false, begins)
            try await bare.wire(manners) { connection in
                if !begins { try await connection.send(bytes: Array("GET / HTTP/1.1\r\n\r\n".utf8)) }
                try await connection.untilClosed()
                #expect(connection.received.settings.isEmpty)
            }
        }
    }

    @Test(
        "is served by h2, and by no protocol named, since old clients name none",
        arguments: [["h2"], [], ["http/1.1", "h2"]])
    func protocols(names: [String]) async throws {
        try await Self.beside { bare in
            var manners = WireConnection.Manners()
            manners.applicationProtocols = names
            try await bare.wire(manners) { connection in
                let proxy = try await WireProxy.open(.delta, connection, BareServer.pod)
                try await proxy.ask(.cluster)
                #expect(try await proxy.take().summary == "Cluster a")
            }
        }
    }

    @Test("is not served HTTP/1.1, whatever the handshake names")
    func oldProtocol() async throws {
        try await Self.beside { bare in
            var manners = WireConnection.Manners()
            (manners.applicationProtocols, manners.begins) = (["http/1.1"], false)
            // The handshake may fail, or the first request.
            try? await bare.wire(manners) { connection in
                try await connection.send(bytes: Array("POST \(WireCall.delta) HTTP/1.1\r\nhost: a\r\n\r\n".utf8))
                try await connection.untilClosed()
                #expect(connection.received.streams.isEmpty)
            }
            #expect(bare.log.lines("proxy connected").count == 1)
        }
    }

    @Test("gets no more than sixteen streams on a connection; one more is refused, and there is room when one ends")
    func manyStreams() async throws {
        try await BareServer.with { bare in
            let names = (0..<20).map { "p\($0)" }
            let cluster = BareServer.message(.cluster, "a")
            bare.cache.publish(
                Publication(
                    resources: [cluster], layers: [LayerID("all"): .some([cluster.key])],
                    proxies: Dictionary(
                        uniqueKeysWithValues: names.map { (BareServer.proxy($0), .some([LayerID("all")])) })))
            try await bare.wire { connection in
                var proxies: [WireProxy] = []
                for name in names.prefix(16) {
                    let proxy = try await WireProxy.open(.delta, connection, name)
                    try await proxy.ask(.cluster)
                    #expect(try await proxy.take().summary == "Cluster a")
                    proxies.append(proxy)
                }
                #expect(bare.streams == 16)
                let refused = try await connection.open(WireCall.fields(token: names[16]))
                let end = try await refused.end()
                // REFUSED_STREAM, or PROTOCOL_ERROR (section 5.1.2); or the whole connection ends.
                #expect(end.reset == 7 || end.reset == 1 || !end.isByServer)
                guard end.isByServer else { return }
                try await proxies[0].call.finish()
                #expect(try await proxies[0].call.end().status == WireCall.Status.ok)
                let late = try await WireProxy.open(.delta, connection, names[17])
                try await late.ask(.cluster)
                #expect(try await late.take().summary == "Cluster a")
                #expect(bare.streams == 16)
            }
            try await bare.until { _ in bare.streams == 0 }
        }
    }

    @Test("is not served with more header fields than a call has", arguments: [false, true])
    func largeFields(isContinued: Bool) async throws {
        try await Self.beside { bare in
            try await bare.wire { connection in
                let id = connection.nextStream()
                let more = (0..<(isContinued ? 400 : 100)).map { ("x-\($0)", String(repeating: "a", count: 200)) }
                var block = WireFields.block(WireCall.fields(token: BareServer.pod) + more)
                if !isContinued { block = Array(block.prefix(16_000)) }
                var frames: [WireFrame] = []
                for start in stride(from: 0, to: block.count, by: 16_000) {
                    let part = Array(block[start..<min(start + 16_000, block.count)])
                    let isLast = start + 16_000 >= block.count
                    frames.append(
                        WireFrame(
                            start == 0 ? .headers : .continuation, flags: isLast ? WireFrame.endHeaders : 0, stream: id,
                            part))
                }
                if !isContinued {
                    // 16 KB of fields that the table multiplies.
                    let entry = WireFields.indexed(("x-large", String(repeating: "a", count: 3_000)))
                    let again = [UInt8](repeating: 0x80 | 62, count: 8_000)
                    frames = [
                        WireFrame(
                            .headers, flags: WireFrame.endHeaders, stream: id,
                            WireFields.block(WireCall.fields(token: BareServer.pod)) + entry + again)
                    ]
                }
                try? await connection.send(bytes: frames.flatMap { $0.bytes() })
                let end = try await WireCall(connection: connection, id: id).end()
                let isRefused =
                    end.reset != nil || !end.isByServer || end.httpStatus == "431"
                    || (end.status.map { $0 != WireCall.Status.ok } ?? false)
                #expect(isRefused)
                #expect(bare.log.lines("proxy connected").count == 1)
            }
        }
    }
}

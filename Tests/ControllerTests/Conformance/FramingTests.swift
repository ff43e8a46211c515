import EnvoyAPI
import MeshModel
import NIOHPACK
import SwiftProtobuf
import Testing
import XDSCache

@testable import XDSServer

/// The messages of gRPC in the frames of HTTP/2, however cut (gRPC over HTTP2, "Length-Prefixed-Message").
@Suite("gRPC on the wire: messages and frames")
struct FramingTests {
    private static func with(_ body: @escaping @Sendable (BareServer) async throws -> Void) async throws {
        try await BareServer.with { bare in
            bare.show([.cluster, .endpoints, .listener].map { BareServer.message($0, "a") })
            try await body(bare)
        }
    }

    /// Requests for three types.
    private static func requests() throws -> [[UInt8]] {
        try [
            HostileClient.request(ResourceType.cluster.url), HostileClient.request(ResourceType.endpoints.url, ["a"]),
            HostileClient.request(ResourceType.listener.url),
        ]
    }

    /// A request for a type that is not served.
    private static func unknownType(_ variant: ProxyStream.Variant) throws -> [UInt8] {
        let url = "type.googleapis.com/envoy.config.route.v3.Nothing"
        guard variant == .stateOfTheWorld else { return try HostileClient.request(url) }
        return try Envoy_Service_Discovery_V3_DiscoveryRequest.with { $0.typeURL = url }.serializedBytes()
    }

    private static let answers: Set<String> = ["Cluster a", "ClusterLoadAssignment a", "Listener a"]

    /// The summaries of the next responses.
    private static func take(_ count: Int, _ proxy: WireProxy) async throws -> Set<String> {
        var summaries: Set<String> = []
        for _ in 0..<count { summaries.insert(try await proxy.take().summary) }
        return summaries
    }

    @Test("a request in frames of a byte each, its prefix too", arguments: [1, 3, 7])
    func cut(size: Int) async throws {
        try await Self.with { bare in
            try await bare.watch(.delta) { proxy in
                for request in try Self.requests() {
                    try await proxy.call.send(bytes: WireCall.framed(request), by: size)
                }
                #expect(try await Self.take(3, proxy) == Self.answers)
                #expect(try await proxy.rest().isEmpty)
            }
        }
    }

    @Test("several requests in one frame, and the end of one with the beginning of the next")
    func joined() async throws {
        try await Self.with { bare in
            try await bare.watch(.delta) { proxy in
                let all = try Self.requests().flatMap { WireCall.framed($0) }
                try await proxy.call.send(bytes: all)
                #expect(try await Self.take(3, proxy) == Self.answers)
            }
            try await bare.watch(.delta) { proxy in
                let all = try Self.requests().flatMap { WireCall.framed($0) }
                let cut = try Self.requests()[0].count + 5 + 3
                try await proxy.call.send(bytes: Array(all[..<cut]))
                // An acknowledgement would stand within the second message.
                #expect(try await proxy.next().summary == "Cluster a")
                try await proxy.call.send(bytes: Array(all[cut...]))
                #expect(try await Self.take(2, proxy) == Self.answers.subtracting(["Cluster a"]))
            }
        }
    }

    @Test("frames with padding, and one that is empty")
    func padded() async throws {
        try await Self.with { bare in
            try await bare.watch(.delta) { proxy in
                let request = try WireCall.framed(HostileClient.request(ResourceType.cluster.url))
                for (index, byte) in request.enumerated() {
                    let padding = UInt8(index % 4)
                    let payload = [padding, byte] + [UInt8](repeating: 0, count: Int(padding))
                    _ = proxy.call.connection.takeRoom(proxy.call.id, payload.count)
                    try await proxy.call.connection.send(
                        WireFrame(.data, flags: WireFrame.padded, stream: proxy.call.id, payload))
                }
                try await proxy.call.connection.send(WireFrame(.data, stream: proxy.call.id))
                #expect(try await proxy.take().summary == "Cluster a")
            }
        }
    }

    @Test("an empty message, and one of a type that is not served, ask for nothing and end nothing")
    func nothing() async throws {
        try await Self.with { bare in
            for variant in ProxyStream.Variant.allCases {
                try await bare.watch(variant) { proxy in
                    try await proxy.call.send([])
                    try await proxy.call.send(
                        Self.unknownType(variant))
                    #expect(try await proxy.rest().isEmpty)
                    try await proxy.ask(.cluster)
                    #expect(try await proxy.take().summary == "Cluster a")
                }
            }
        }
    }

    @Test(
        "a response of any size comes whole, in frames no larger than the client allows", arguments: [100_000, 1 << 20])
    func large(size: Int) async throws {
        try await BareServer.with { bare in
            let large = BareServer.message(.cluster, "large", size: size)
            bare.show([large, BareServer.message(.listener, "a")])
            for variant in ProxyStream.Variant.allCases {
                try await bare.watch(variant) { proxy in
                    try await proxy.ask(.cluster)
                    try await proxy.ask(.listener)
                    let answers = [try await proxy.take(), try await proxy.take()]
                    let body = answers.flatMap(\.entries).first { $0.name == "large" }?.body
                    #expect(body.map(Array.init) == large.body)
                    #expect(answers.flatMap(\.names).contains("a"))
                    let stream = try #require(proxy.call.connection.received.streams[proxy.call.id])
                    #expect(stream.bytes > size && stream.frames >= size / 16_384)
                }
            }
        }
    }

    @Test(
        "a message that says it is compressed ends its stream with a status, and nothing else",
        arguments: [false, true])
    func compressed(isAnnounced: Bool) async throws {
        try await Self.with { bare in
            try await bare.wire { connection in
                let more: [WireFields.Field] = isAnnounced ? [("grpc-encoding", "gzip")] : []
                let call = try await connection.open(WireCall.fields(token: BareServer.pod, more: more))
                // Who refuses the encoding may have ended the stream before.
                try? await call.send(
                    bytes: WireCall.framed(HostileClient.request(ResourceType.cluster.url), flag: 1))
                let end = try await call.end()
                #expect(end.isByServer)
                // The flag without an encoding is the client's error; an encoding is one that is not implemented.
                #expect([WireCall.Status.internal, WireCall.Status.unimplemented].contains(end.status))
                let other = try await WireProxy.open(.delta, connection, BareServer.pod)
                try await other.ask(.cluster)
                #expect(try await other.take().summary == "Cluster a")
            }
        }
    }

    @Test("a flag that no specification knows ends the stream with a status", arguments: [2, 0xff] as [UInt8])
    func flag(flag: UInt8) async throws {
        try await Self.with { bare in
            try await bare.wire { connection in
                let call = try await connection.open(WireCall.fields(token: BareServer.pod))
                try await call.send(bytes: WireCall.framed([], flag: flag))
                let end = try await call.end(within: .seconds(60))
                #expect(end.isByServer && end.status != nil && end.status != WireCall.Status.ok)
            }
        }
    }

    @Test("the encoding identity is none")
    func identity() async throws {
        try await Self.with { bare in
            try await bare.wire { connection in
                let fields = WireCall.fields(
                    token: BareServer.pod,
                    more: [("grpc-encoding", "identity"), ("grpc-accept-encoding", "identity,deflate,gzip")])
                let proxy = WireProxy(.delta, try await connection.open(fields))
                try await proxy.ask(.cluster)
                #expect(try await proxy.take().summary == "Cluster a")
                let stream = try #require(connection.received.streams[proxy.call.id])
                #expect(["identity", nil].contains(stream.headers.first?.first(name: "grpc-encoding")))
            }
        }
    }

    @Test(
        "a message that says it is larger than any may be is refused by its prefix: nobody waits for its bytes",
        arguments: [UInt32.max, 0x8000_0000, UInt32(4 * ProxySession.maximumRequest)])
    func overlong(length: UInt32) async throws {
        try await Self.with { bare in
            try await bare.wire { connection in
                let call = try await connection.open(WireCall.fields(token: BareServer.pod))
                try await call.send(bytes: [0] + length.bigEndianBytes)
                let end = try await call.end()
                #expect(end.isByServer)
                #expect(end.status == WireCall.Status.resourceExhausted)
                let other = try await WireProxy.open(.delta, connection, BareServer.pod)
                try await other.ask(.cluster)
                #expect(try await other.take().summary == "Cluster a")
            }
        }
    }

    @Test("a message of the greatest size is taken up, and one byte more is refused")
    func greatest() async throws {
        try await Self.with { bare in
            for isTooLarge in [false, true] {
                try await bare.wire { connection in
                    let proxy = try await WireProxy.open(.delta, connection, BareServer.pod)
                    // A request and a field that nobody knows, to the byte.
                    var request = Envoy_Service_Discovery_V3_DeltaDiscoveryRequest()
                    request.typeURL = ResourceType.cluster.url
                    var bytes: [UInt8] = try request.serializedBytes()
                    let filling = ProxySession.maximumRequest - bytes.count - 6 + (isTooLarge ? 1 : 0)
                    bytes += [0x82, 0x7d]
                    bytes += [0, 7, 14].map { UInt8(filling >> $0 & 127 | 128) } + [UInt8(filling >> 21)]
                    bytes += [UInt8](repeating: 0, count: filling)
                    #expect(bytes.count == ProxySession.maximumRequest + (isTooLarge ? 1 : 0))
                    try? await proxy.call.send(bytes)
                    if isTooLarge {
                        #expect(try await proxy.call.end().status == WireCall.Status.resourceExhausted)
                    } else {
                        #expect(try await proxy.take().summary == "Cluster a")
                    }
                }
            }
        }
    }
}

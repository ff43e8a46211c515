import Foundation
import MeshModel
import XDSCache

/// A bare server whose one view a test fills by hand, where it needs what no manifest makes.
extension BareServer {
    private static let layer = LayerID("all")
    static let pod = "one"

    /// A resource that is a message of its type by this name, with something else in it each round.
    static func message(
        _ type: ResourceType, _ name: String, _ round: Int = 0, size: Int = 0, references: Set<ResourceName> = []
    ) -> Resource {
        // All of them have their name as field 1; nobody knows field 2000.
        let filling = Array("\(round) ".utf8) + [UInt8](repeating: 0x61, count: size)
        let body = [0x0a] + varint(name.utf8.count) + Array(name.utf8) + [0x82, 0x7d] + varint(filling.count) + filling
        return Resource(key: ResourceKey(ResourceName(type, name)), body: body, references: references)
    }

    /// A number as protobuf writes it.
    static func varint(_ value: Int) -> [UInt8] {
        value < 128 ? [UInt8(value)] : [UInt8(value & 127 | 128)] + varint(value >> 7)
    }

    /// Makes the view of the one proxy what is given, and the roots, which ``WireProxy/rest()`` asks for.
    func show(_ resources: [Resource], removed: [ResourceKey] = [], pod: String = Self.pod) {
        let all = resources + [Self.message(.secret, WireProxy.marker)]
        cache.publish(
            Publication(
                resources: all, removed: removed, layers: [Self.layer: .some(all.map(\.key).sorted())],
                proxies: [Self.proxy(pod): .some([Self.layer])],
                identities: [Self.proxy(pod): ServiceIdentity(namespace: "n", serviceAccount: pod)]))
    }

    /// A stream of the one proxy, on a connection of its own.
    func watch<Result: Sendable>(
        _ variant: ProxyStream.Variant, _ body: (WireProxy) async throws -> Result
    ) async throws -> Result {
        try await WireProxy.with(variant, port: port, rootsPEM: rootsPEM, token: Self.pod, body)
    }

    /// A connection.
    func wire<Result: Sendable>(
        _ manners: WireConnection.Manners = .init(), _ body: (WireConnection) async throws -> Result
    ) async throws -> Result {
        try await WireConnection.with(port: port, rootsPEM: rootsPEM, manners, body)
    }

    /// How many streams are served.
    var streams: Double { figures["osm_xds_streams"] ?? 0 }
}

internal import EnvoyAPI
internal import SwiftProtobuf
internal import XDSCache

extension Resource {
    /// The route configuration without routes that a proxy gets in place of one that left its view; `nil` for names of
    /// which Envoy may keep what it has.
    ///
    /// When a port is closed to clients outside the mesh, or to a host outside, its filter chain ends its connections
    /// one by one. Envoy would go by the routes that it had until then, and let one more request of each pass. Routes of
    /// the mesh itself are not taken away so: a chain that was replaced still serves what is allowed.
    static func closedDoor(_ name: ResourceName) -> Resource? {
        guard name.type == .route, name.name.hasPrefix("ingress/") || name.name.hasPrefix("egress/") else { return nil }
        var configuration = Envoy_Config_Route_V3_RouteConfiguration()
        configuration.name = name.name
        guard let body: [UInt8] = try? configuration.serializedBytes() else { return nil }
        return Resource(key: ResourceKey(name, variant: "closed"), body: body)
    }
}

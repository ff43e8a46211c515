import EnvoyAPI
import SwiftProtobuf
import Testing
import XDSCache

@testable import XDSServer

@Suite("What takes the place of routes that left a view")
struct ClosedDoorTests {
    @Test(
        "is a route configuration without routes, for ports of ingress and egress",
        arguments: ["ingress/80", "egress/80"])
    func doors(name: String) throws {
        let resource = try #require(Resource.closedDoor(ResourceName(.route, name)))
        #expect(resource.key.name == ResourceName(.route, name))
        #expect(resource.references.isEmpty)
        let message = try Envoy_Config_Route_V3_RouteConfiguration(serializedBytes: resource.body)
        var expected = Envoy_Config_Route_V3_RouteConfiguration()
        expected.name = name
        #expect(message == expected)
    }

    @Test("is nothing for routes of the mesh and other types: connections of a replaced chain are served to their end")
    func others() {
        let names: [ResourceName] = [
            .init(.route, "inbound/shop/web/8080"), .init(.route, "outbound/shop/web/80"),
            .init(.cluster, "ingress/80"), .init(.extension, "egress/80"),
        ]
        #expect(names.allSatisfy { Resource.closedDoor($0) == nil })
    }
}

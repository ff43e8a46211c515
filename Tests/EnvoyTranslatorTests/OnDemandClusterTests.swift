import EnvoyAPI
import Foundation
import MeshModel
import SwiftProtobuf
import Testing
import XDSCache

@testable import XDSServer

/// The clusters that a stream makes when a proxy asks for them.
@Suite("Clusters on demand", .serialized)
struct OnDemandClusterTests {
    private static let store = ObjectName(namespace: "shop", name: "store-1")

    private static func address() throws -> SocketAddress {
        try #require(ResourceName(.cluster, "on-demand/10.78.0.10:80").onDemandAddress)
    }

    private static func view(of scenario: String) throws -> [ResourceName: Resource] {
        try #require(try CompiledScenario(Scenario(scenario)).views[store])
    }

    @Test("lead to the listener of the address within the proxy, if a service has it")
    func claimed() throws {
        let address = try Self.address()
        let resource = try #require(Resource.onDemandCluster(at: address, isClaimed: true, passthrough: nil))
        let listener = ResourceName.onDemandListener(at: address)
        #expect(resource.key.name == .onDemandCluster(at: address))
        #expect(resource.references == [listener])
        let cluster: Envoy_Config_Cluster_V3_Cluster = try resource.message()
        #expect(cluster.name == resource.key.name.name)
        #expect(
            cluster.loadAssignment.endpoints.flatMap(\.lbEndpoints).map {
                $0.endpoint.address.envoyInternalAddress.serverListenerName
            } == [listener.name])
        #expect(try Self.view(of: "lazy-called")[listener] != nil)
    }

    @Test("lead where the client wanted to go, or nowhere, if nobody has the address")
    func unclaimed() throws {
        let address = try Self.address()
        let passthrough = try #require(try Self.view(of: "lazy-passthrough")[.passthrough])
        let open = try #require(Resource.onDemandCluster(at: address, isClaimed: false, passthrough: passthrough))
        let passing: Envoy_Config_Cluster_V3_Cluster = try open.message()
        #expect(passing.type == .originalDst)
        #expect(passing.name == "on-demand/10.78.0.10:80")
        let closed = try #require(Resource.onDemandCluster(at: address, isClaimed: false, passthrough: nil))
        let refusing: Envoy_Config_Cluster_V3_Cluster = try closed.message()
        #expect(refusing.type == .static)
        #expect(refusing.loadAssignment.endpoints.isEmpty)
        #expect(open.references == [] && closed.references == [])
        #expect(open.version != closed.version)
    }

    @Test("are taken by Envoy, each way")
    func acceptance() async throws {
        let address = try Self.address()
        for (scenario, isClaimed) in [
            ("lazy-called", true), ("lazy-nothing-called", false), ("lazy-passthrough", false),
        ] {
            var view = try Self.view(of: scenario)
            let resource = try #require(
                Resource.onDemandCluster(at: address, isClaimed: isClaimed, passthrough: view[.passthrough]))
            view[resource.key.name] = resource
            let refusal = try await EnvoyProgram.refusal(of: StaticConfiguration(asSent: view).bytes())
            #expect(refusal == nil, "\(scenario)")
        }
    }
}

import EnvoyAPI
import EnvoyTranslator
import MeshPolicy
import SwiftProtobuf
import Testing
import XDSCache

@Suite("Sharing")
struct SharingTests {
    @Test("Equal values are equal bytes, whatever their origins")
    func bytes() {
        let inbound = Fixture.inbound(Fixture.policy([.any]))
        let first = inbound.resources(origins: [])
        let second = inbound.resources(origins: Fixture.origins)
        #expect(first.map(\.body) == second.map(\.body))
        #expect(first.map(\.version) == second.map(\.version))
    }

    @Test("Only RBAC differs between two authorizations: no listener, hence no open connection, is touched")
    func editsOfAuthorization() {
        let one = Fixture.inbound(Fixture.policy([.any])).resources(origins: [])
        let other = Fixture.inbound(.policies([])).resources(origins: [])
        #expect(one.map(\.key) == other.map(\.key))
        let changed = zip(one, other).filter { $0.body != $1.body }.map(\.0.key.name.type)
        #expect(changed == [.route, .route])
    }

    @Test("Only who may connect differs between two authorizations of a TCP port: the peers and the policies")
    func editsOfConnectionAuthorization() {
        let one = Fixture.inbound(Fixture.policy([.any]), .tcp).resources(origins: [])
        let other = Fixture.inbound(.policies([]), .tcp).resources(origins: [])
        #expect(one.map(\.key) == other.map(\.key))
        let changed = zip(one, other).filter { $0.body != $1.body }.map(\.0.key.name.description)
        #expect(changed == ["Secret peers/8080", "TypedExtensionConfig authz/8080"])
    }

    @Test("Statistics have one prefix per direction, whatever the number of services")
    func statPrefixes() throws {
        var prefixes: Set<String> = []
        for view in try CompiledScenario(Scenario("protocol-detection")).views.values {
            for resource in view.values where resource.key.name.type == .listener {
                guard resource.key.name.name != "outbound-listener" else { continue }
                for manager in try Fixture.managers(of: resource) { prefixes.insert(manager.statPrefix) }
            }
        }
        #expect(prefixes == ["inbound", "outbound"])
    }
}

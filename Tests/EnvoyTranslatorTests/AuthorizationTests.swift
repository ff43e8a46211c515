import EnvoyAPI
import MeshPolicy
import SwiftProtobuf
import Testing

@Suite("Authorization")
struct AuthorizationTests {
    @Test("No policy denies everything: the rules are there and empty")
    func noPolicy() throws {
        let rules = try Fixture.rules(of: Fixture.inbound(.policies([])))
        #expect(rules.map(\.policies.count) == [0, 0])
    }

    @Test("Permissive mode allows any peer by a policy of its own")
    func permissive() throws {
        for rules in try Fixture.rules(of: Fixture.inbound(.anyPeer)) {
            #expect(rules.policies.keys.sorted() == ["permissive"])
            #expect(rules.policies["permissive"]?.permissions.map(\.any) == [true])
            #expect(rules.policies["permissive"]?.principals.map(\.any) == [true])
        }
    }

    @Test("Identities are compared exactly, by both of their names, dots and all")
    func identities() throws {
        let inbound = Fixture.inbound(Fixture.policy([.any], from: [Fixture.web, Fixture.dotted]))
        for rules in try Fixture.rules(of: inbound) {
            let policy = try #require(rules.policies["shop/to-store/routes"])
            let names = policy.principals.map(\.authenticated.principalName)
            #expect(
                names.map(\.exact) == [
                    "spiffe://cluster.local/web/front", "web.front.cluster.local",
                    "spiffe://cluster.local/web.v1/front", "web.v1.front.cluster.local",
                ])
            for name in names { #expect(name.matchPattern == .exact(name.exact)) }
        }
    }

    @Test("A match that states nothing is every request")
    func anyRequest() throws {
        let permissions = try permissions(.any)
        #expect(permissions.map(\.rule) == [.any(true)])
    }

    @Test("All parts of a match must hold, and one of several methods")
    func parts() throws {
        let match = HTTPMatch(
            pathRegex: "/a.*", methods: ["GET", "PUT"], headers: [HeaderMatch(name: "x-user", regex: "a|b")])
        let permission = try #require(try permissions(match).first)
        let parts = permission.andRules.rules
        #expect(parts.count == 3)
        #expect(parts[0].urlPath.path.safeRegex.regex == "/a.*")
        #expect(parts[1].orRules.rules.map(\.header.stringMatch.exact) == ["GET", "PUT"])
        #expect(parts[1].orRules.rules.map(\.header.name) == [":method", ":method"])
        #expect(parts[2].header.name == "x-user")
        #expect(parts[2].header.stringMatch.safeRegex.regex == "a|b")
    }

    @Test("An empty expression is the empty value, since Envoy refuses an empty expression")
    func emptyExpression() throws {
        let match = HTTPMatch(pathRegex: nil, methods: [], headers: [HeaderMatch(name: "x-empty", regex: "")])
        let permission = try #require(try permissions(match).first)
        #expect(permission.header.stringMatch.matchPattern == .exact(""))
    }

    private func permissions(_ match: HTTPMatch) throws -> [Envoy_Config_Rbac_V3_Permission] {
        let rules = try Fixture.rules(of: Fixture.inbound(Fixture.policy([match])))
        let policies = try rules.map { try #require($0.policies["shop/to-store/routes"]) }
        #expect(Set(policies.map(\.permissions)).count == 1)
        return policies[0].permissions
    }
}

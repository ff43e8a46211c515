import Foundation
import MeshModel
import PolicyCompiler
import Testing
import XDSCache

@testable import ControlLoop

/// What a mesh has while it changes from one trust domain to another.
@Suite("Trust domains")
struct TrustDomainTests {
    private static let old = "cluster.local"
    private static let new = "mesh.example.org"
    private static let name = "trust-domain-changes"

    private static func mesh(_ trustDomains: [String]) throws -> CompiledScenario {
        var scenario = try Scenario(name)
        scenario.trustDomains = trustDomains
        return CompiledScenario(scenario)
    }

    @Test("Which of them is signed for makes no difference to what proxies have")
    func order() throws {
        let views = try Self.mesh([Self.new, Self.old]).views
        #expect(!views.isEmpty)
        #expect(try Self.mesh([Self.old, Self.new]).views == views)
        #expect(try Self.mesh([Self.old, Self.new, Self.old]).views == views)
        let graph = PolicyGraph(
            settings: MeshSettings(), trust: TrustBundle(trustDomains: [Self.old, Self.new], rootsPEM: "PEM"))
        _ = graph.apply(try Scenario(Self.name).objects.map(\.change))
        graph.apply(TrustBundle(trustDomains: [Self.new, Self.old], rootsPEM: "PEM"))
        let switched = graph.apply([])
        #expect(switched.resources.isEmpty && switched.layers.isEmpty && switched.views.isEmpty)
        graph.apply(TrustBundle(trustDomains: [Self.new], rootsPEM: "PEM"))
        let ended = graph.apply([])
        #expect(!ended.resources.isEmpty && ended.layers.isEmpty && ended.views.isEmpty)
    }

    @Test("No listener differs between one trust domain and two, so no connection ends")
    func connections() throws {
        let (one, both) = (try Self.mesh([Self.old]).views, try Self.mesh([Self.new, Self.old]).views)
        #expect(Set(one.keys) == Set(both.keys))
        var changed: Set<ResourceName> = []
        for (pod, view) in both {
            let former = one[pod] ?? [:]
            #expect(Set(former.keys) == Set(view.keys))
            changed.formUnion(view.filter { former[$0.key]?.body != $0.value.body }.keys)
        }
        // Everything that says whose certificate is accepted.
        #expect(Set(changed.map(\.type)) == [.cluster, .route, .secret, .extension])
        let named = changed.filter { $0.type == .secret || $0.type == .extension }.map(\.description).sorted()
        #expect(named == ["Secret peers/3306", "TypedExtensionConfig authz/3306"])
    }

    @Test("Two accept exactly what each of them accepts, and each of them nothing of the other")
    func union() throws {
        let names = try [[Self.old], [Self.new], [Self.old, Self.new]].map(Self.acceptedNames)
        // Inbound and outbound, HTTP and TCP, and ingress.
        #expect(names[0].count >= 9, "\(names[0].keys.sorted())")
        #expect(names[0].keys.sorted() == names[2].keys.sorted())
        for (place, both) in names[2] {
            let (old, new) = (names[0][place] ?? [], names[1][place] ?? [])
            if place.contains("ingress") {
                // A principal is a name as it is written, and that of the same workload under the other domain.
                #expect(old == Self.written && new == Self.written)
                #expect(
                    both
                        == Self.written.union([
                            "nginx.edge.\(Self.new)", "spiffe://\(Self.old)/envoy/edge",
                        ]))
            } else {
                #expect(!old.isEmpty && old.isDisjoint(with: new), "\(place)")
                #expect(both == old.union(new), "\(place)")
                #expect(old.allSatisfy { $0.contains(Self.old) } && new.allSatisfy { $0.contains(Self.new) })
                #expect(both.contains { $0.hasPrefix("spiffe://") } && both.contains { !$0.contains("/") })
            }
        }
    }

    private static let written: Set<String> = [
        "nginx.edge.\(old)", "spiffe://\(new)/envoy/edge", "gateway.example.com",
    ]

    /// The names of peers that each resource of each proxy compares exactly.
    private static func acceptedNames(_ trustDomains: [String]) throws -> [String: Set<String>] {
        var result: [String: Set<String>] = [:]
        for (pod, view) in try mesh(trustDomains).views {
            for resource in view.values {
                let names = Set(try resource.json().exactNames).subtracting(["nobody.invalid"])
                if !names.isEmpty { result["\(pod) \(resource.key.name)"] = names }
            }
        }
        return result
    }

    @Test("Where one lies below the other, a name that could be that of two workloads is accepted for neither")
    func nested() throws {
        // ServiceAccount `web.front` of a namespace `new` has this name under `example.org`.
        let stolen = "web.front.new.example.org"
        for (place, names) in try Self.acceptedNames(["example.org", "new.example.org"])
        where !place.contains("ingress") {
            #expect(!names.contains(stolen), "\(place)")
            #expect(names.contains { $0.hasPrefix("spiffe://new.example.org/") }, "\(place)")
            #expect(names.contains { $0.hasSuffix(".example.org") && !$0.contains("/") }, "\(place)")
        }
        #expect(try Self.acceptedNames(["new.example.org"]).values.contains { $0.contains(stolen) })
    }
}

extension JSONValue {
    /// The texts of exact comparisons of names in certificates, wherever they are.
    fileprivate var exactNames: [String] {
        switch self {
        case .list(let items): items.flatMap(\.exactNames)
        case .object(let members):
            members.sorted { $0.key < $1.key }.flatMap { key, value -> [String] in
                guard ["matcher", "principal_name"].contains(key), case .object(let matcher) = value,
                    case .text(let text)? = matcher["exact"]
                else { return value.exactNames }
                return [text]
            }
        default: []
        }
    }
}

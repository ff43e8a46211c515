import ControlLoop
import Foundation
import MeshModel
import Oracle
import PolicyAnalysis
import PolicyCompiler
import TestInstruments
import Testing
import XDSCache

@Suite("The resources of a proxy")
struct ProxyResourcesTests {
    @Test("are those that the controller publishes, byte for byte")
    func published() async throws {
        for seed in 0..<6 {
            let mesh = RandomMesh(seed: UInt64(seed) &+ 900)
            let contents = MeshContents(mesh.objects)
            let graph = PolicyGraph(
                settings: MeshSettings(), trust: TrustBundle(trustDomains: ["cluster.local"], rootsPEM: ""))
            var translation = Translation()
            let (publication, _) = await translation.publication(of: graph.apply(contents.changes))
            let published = Dictionary(uniqueKeysWithValues: publication.resources.map { ($0.key, $0) })
            let compiled = CompiledMesh(contents)
            var proxies = 0
            for (proxy, layers) in publication.proxies {
                guard let layers else { continue }
                proxies += 1
                let keys = Set(layers.flatMap { publication.layers[$0].flatMap(\.self) ?? [] })
                let resources = try #require(compiled.resources(of: proxy.pod)).resources
                #expect(Set(resources.map(\.key)) == keys)
                #expect(resources.allSatisfy { published[$0.key]?.body == $0.body })
                #expect(resources.map(\.key) == resources.map(\.key).sorted())
            }
            #expect(proxies > 0)
            #expect(compiled.proxies.values.joined().count == proxies)
        }
    }

    @Test("are the same text from the same objects, and JSON")
    func text() throws {
        let mesh = RandomMesh(seed: 7)
        let contents = MeshContents(mesh.objects)
        let first = CompiledMesh(contents)
        let second = CompiledMesh()
        second.apply(contents.changes.reversed())
        for pod in first.proxies.values.joined() {
            let text = try #require(first.resources(of: pod)).json()
            #expect(try second.resources(of: pod)?.json() == text)
            let value = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            let resources = try #require(value?["resources"] as? [[String: Any]])
            #expect(resources.count == first.resources(of: pod)?.resources.count)
            #expect(resources.allSatisfy { ($0["resource"] as? [String: Any])?.isEmpty == false })
        }
    }

    @Test("are none of a pod without a proxy")
    func stranger() {
        #expect(CompiledMesh().resources(of: ObjectName(namespace: "a", name: "b")) == nil)
    }
}

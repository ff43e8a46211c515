import Foundation
import MeshModel
import Testing

/// What is sent is taken by the real Envoy: every listener, cluster, secret, route and load assignment of every view.
@Suite("Acceptance by Envoy", .serialized)
struct EnvoyAcceptanceTests {
    private struct Case: Sendable {
        let name: String
        let bytes: [UInt8]
    }

    @Test("Envoy accepts every view of every scenario")
    func scenarios() async throws {
        try #require(
            FileManager.default.isExecutableFile(atPath: EnvoyProgram.path),
            "there is no Envoy at \(EnvoyProgram.path): run hack/setup.sh")
        var cases: [Case] = []
        var seen: Set<[UInt8]> = []
        let names = try Scenario.names()
        for name in names {
            let compiled = try CompiledScenario(Scenario(name))
            for (pod, view) in compiled.views.sorted(by: { $0.key < $1.key }) {
                let bytes = try StaticConfiguration(inlining: view).bytes()
                if seen.insert(bytes).inserted { cases.append(Case(name: "\(name) \(pod)", bytes: bytes)) }
            }
        }
        for name in ["permissive-mode", "dual-stack"] {
            for (pod, view) in try CompiledScenario(Scenario(name)).views.sorted(by: { $0.key < $1.key }) {
                let bytes = try StaticConfiguration(asSent: view).bytes()
                if seen.insert(bytes).inserted { cases.append(Case(name: "\(name) \(pod) as sent", bytes: bytes)) }
            }
        }
        let refusals = try await Self.refusals(of: cases)
        #expect(refusals.isEmpty, "\(refusals.joined(separator: "\n"))")
        #expect(cases.count > names.count)
        let accepted = cases.count - refusals.count
        print("figure: \(accepted) configurations of \(names.count) scenarios accepted by envoy --mode validate")
    }

    @Test("Envoy refuses a configuration that is wrong")
    func doctored() async throws {
        let web = ObjectName(namespace: "front", name: "web-1")
        let view = try #require(try CompiledScenario(Scenario("permissive-mode")).views[web])
        var configuration = try StaticConfiguration(inlining: view)
        let accepted = try await EnvoyProgram.refusal(of: configuration.bytes())
        #expect(accepted == nil)
        try configuration.misleadFirstRoute()
        let refused = try #require(try await EnvoyProgram.refusal(of: configuration.bytes()))
        #expect(refused.contains("nowhere"))
    }

    /// Two at a time: each takes a core.
    private static func refusals(of cases: [Case]) async throws -> [String] {
        let shares = 2
        return try await withThrowingTaskGroup(of: [String].self) { group in
            for share in 0..<shares {
                group.addTask {
                    var refusals: [String] = []
                    for index in stride(from: share, to: cases.count, by: shares) {
                        guard let refusal = try await EnvoyProgram.refusal(of: cases[index].bytes) else { continue }
                        refusals.append("\(cases[index].name): \(refusal)")
                    }
                    return refusals
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }
}

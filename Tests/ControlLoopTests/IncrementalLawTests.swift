import ControlLoop
import MeshModel
import PolicyCompiler
import TestInstruments
import Testing

@Suite("The incremental compiler and one that starts from scratch")
struct IncrementalLawTests {
    /// What a proxy fleet and the authors of objects see, gathered from differences.
    private struct Seen: Equatable {
        var views: [ObjectName: PodView.View] = [:]
        var layers: [ViewLayer.Key: [DerivedResource]] = [:]
        var resources: [DerivedResource: DerivedValue] = [:]
        var diagnoses: [ObjectKey: Diagnosis] = [:]

        /// What was called, beside what the fresh graph is made from.
        var demands: [ServiceIdentity: IdentityDemand] = [:]

        mutating func take(_ difference: PolicyGraph.Difference) {
            for (key, value) in difference.views { views[key] = value }
            for (key, value) in difference.layers { layers[key] = value }
            for (key, value) in difference.resources { resources[key] = value }
            for (key, value) in difference.diagnoses { diagnoses[key] = value }
            for (key, value) in difference.demands { demands[key] = value }
            for key in difference.forgotten.keys { demands[key] = nil }
        }
    }

    private static let trust = TrustBundle(trustDomains: ["cluster.local"], rootsPEM: "PEM")

    @Test("agree after any sequence of edits", arguments: 0..<8)
    func agree(seed: Int) {
        let edits = isSoak ? 25_000 : 2_500
        var mesh = RandomMesh(seed: UInt64(seed))
        var random = SeededGenerator(seed: UInt64(seed) &+ 1000)
        // Every other mesh has lazy views, from two service ports on.
        let settings = MeshSettings(lazyThreshold: seed.isMultiple(of: 2) ? nil : 1)
        let graph = PolicyGraph(settings: settings, trust: Self.trust)
        var seen = Seen()
        var done = 0
        var comparisons = 0
        while done < edits {
            let batch = (0..<Int.random(in: 1...8, using: &random)).map { _ in mesh.edit() }
            done += batch.count
            let call = seen.views.keys.sorted().randomElement(using: &random).flatMap { pod in
                seen.views[pod].map { AskingPod(name: pod, uid: $0.uid) }
            }
            let called = mesh.addresses.randomElement(using: &random)
            let demands: [AskingPod: Set<SocketAddress>] = call.flatMap { pod in called.map { [pod: [$0]] } } ?? [:]
            seen.take(graph.apply(batch.coalesced, demands: settings.lazyThreshold == nil ? [:] : demands))
            var fresh = Seen()
            let scratch = PolicyGraph(settings: settings, trust: Self.trust)
            for demand in seen.demands.values { scratch.remember(demand) }
            fresh.take(scratch.apply(mesh.objects.sorted { $0.key < $1.key }.map(\.value)))
            comparisons += 1
            guard seen.diagnoses == fresh.diagnoses, seen.views == fresh.views, seen.layers == fresh.layers,
                seen.resources == fresh.resources
            else {
                Issue.record(
                    "seed \(seed): the graph differs from a fresh one after \(done) edits, the last of them \(batch)")
                return
            }
        }
        #expect(done >= edits)
        #expect(seen.demands.isEmpty == (settings.lazyThreshold == nil))
        print("figure: seed \(seed): \(done) random edits, \(comparisons) comparisons with a fresh graph, all equal")
    }

    @Test("removing every object leaves no node")
    func removal() {
        var mesh = RandomMesh(seed: 99)
        let graph = PolicyGraph(settings: MeshSettings(), trust: Self.trust)
        for _ in 0..<500 { _ = graph.apply([mesh.edit()]) }
        #expect(graph.nodeCount > 0)
        _ = graph.apply(mesh.objects.keys.map(TableChange.removal(of:)))
        #expect(graph.nodeCount == 0)
    }
}

extension [TableChange] {
    /// The changes as the queue gives them out: one per object, the latest.
    fileprivate var coalesced: [TableChange] {
        var latest: [ObjectKey: TableChange] = [:]
        for change in self { latest[change.key] = change }
        return latest.sorted { $0.key < $1.key }.map(\.value)
    }
}

import BenchMesh
import ControlLoop
import MeshModel
import PolicyCompiler
import Testing

@Suite("Translation")
struct TranslationTests {
    private let graph = PolicyGraph(
        settings: MeshSettings(), trust: TrustBundle(trustDomains: ["cluster.local"], rootsPEM: "PEM"))

    @Test("gives the same while the graph still computes as it does afterwards", arguments: [false, true])
    func overlap(isPermissive: Bool) async {
        let mesh = FanMesh(services: 60, pods: 2, isPermissive: isPermissive)
        let other = TranslationTests().graph
        var (translation, later) = (Translation(), Translation())
        var batches = [mesh.changes]
        for edit in MeshEdit.allCases { batches += [0, 1].map { edit.changes(in: mesh, turn: $0) } }
        // All pods at once go, and what is in their views with them, and come back.
        let pods = mesh.changes.filter { $0.key.kind == .pod }
        batches.append(pods.map { .pod($0.key.name, nil) })
        batches.append(pods)
        // In one batch, too.
        batches.append(pods.map { .pod($0.key.name, nil) } + pods)
        var translations = 0
        for batch in batches {
            let (difference, publication, translated) = await translation.publication(
                applying: batch, demands: [:], to: graph)
            let expected = other.apply(batch)
            let (whole, count) = await later.publication(of: expected)
            #expect(publication == whole)
            #expect(translated == count)
            #expect(difference.resources == expected.resources)
            translations += translated
        }
        #expect(translations > 1_000)
    }
}

import ManifestSource
import MeshModel
import Oracle
import PolicyAnalysis
import PolicyCompiler
import TestInstruments
import Testing

@Suite("Explanations and the oracle")
struct ExplanationLawTests {
    /// What a run has compared.
    private struct Tally {
        var verdicts: [String: Int] = [:]
        var remedies = 0
        var misses = 0
        var questions: Int { verdicts.values.reduce(0, +) }
    }

    @Test("agree on random meshes and requests, and what is proposed does allow the call")
    func agree() throws {
        var tally = Tally()
        for seed in 0..<(isSoak ? 60 : 5) {
            var mesh = RandomMesh(seed: UInt64(seed))
            let compiled = CompiledMesh()
            for round in 0..<12 {
                if round > 0 { for _ in 0..<mesh.random.pick(1, 4, 16) { mesh.edit() } }
                compiled.become(MeshContents(mesh.objects))
                try compare(compiled, &mesh, &tally, "seed \(seed), round \(round)")
            }
        }
        #expect(tally.questions >= 5_000)
        for verdict in FlowExplanation.Verdict.allCases {
            #expect(tally.verdicts[verdict.rawValue, default: 0] >= 50, "hardly any answer was \(verdict)")
        }
        #expect(tally.remedies >= 100)
        #expect(tally.misses >= 100)
        print(
            "figure: explanations and oracle agree on \(tally.questions) calls: "
                + tally.verdicts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
                + "; \(tally.remedies) proposals allow the call that they are for, \(tally.misses) near misses")
    }

    private func compare(
        _ compiled: CompiledMesh, _ mesh: inout RandomMesh, _ tally: inout Tally, _ place: String
    ) throws {
        let oracle = Oracle(mesh.objects)
        var addresses: [ServicePort: [SocketAddress]] = [:]
        for address in oracle.claimedAddresses.sorted() {
            if let owner = oracle.owner(of: address) { addresses[owner, default: []].append(address) }
        }
        let clients = compiled.proxies.values.compactMap(\.first).sorted().compactMap { mesh.objects.pods[$0] }
        for client in clients {
            for (port, own) in addresses.sorted(by: { $0.key < $1.key }) {
                for _ in 0..<2 {
                    let request = mesh.request()
                    guard let asked = OracleQuestion(oracle, client: client, port: port, addresses: own, request) else {
                        continue
                    }
                    let answers = compiled.explain(asked.question)
                    let answer = try #require(answers.first, "\(place): \(asked.question)")
                    #expect(answers.count == 1)
                    tally.verdicts[answer.verdict.rawValue, default: 0] += 1
                    guard asked.isKnown else {
                        let isSilent = answer.verdict == .denied || answer.verdict == .unavailable
                        #expect(
                            isSilent && answer.grounds.isEmpty, "\(place): \(asked.question): \(answer), not reached")
                        try tryRemedy(of: answer, compiled, asked.question, mesh.random.once(in: 12), &tally, place)
                        continue
                    }
                    #expect(
                        asked.seen(answer) == asked.expected, "\(place): \(asked.question): \(answer.outcomes)")
                    #expect(asked.policies(answer) == asked.policies, "\(place): \(asked.question)")
                    try tryRemedy(of: answer, compiled, asked.question, mesh.random.once(in: 5), &tally, place)
                }
            }
        }
    }

    /// Applies what is proposed to a mesh of its own, and asks again.
    private func tryRemedy(
        of answer: FlowExplanation, _ compiled: CompiledMesh, _ question: FlowQuestion, _ isTried: Bool,
        _ tally: inout Tally, _ place: String
    ) throws {
        if answer.verdict == .denied { tally.misses += answer.nearMisses.count }
        #expect(answer.nearMisses.allSatisfy { !$0.misses.isEmpty })
        guard isTried, let remedy = answer.remedy, !remedy.manifest.isEmpty else { return }
        let file = ManifestFile(name: "remedy.yaml", text: remedy.manifest)
        #expect(file.problems.isEmpty, "\(place): \(remedy.manifest)")
        var set = ManifestSet()
        let other = CompiledMesh(compiled.contents)
        other.apply(set.read([file]).tableChanges)
        let after = try #require(other.explain(question).first)
        let isRefused = after.outcomes.contains { outcome in
            switch outcome {
            case .refused, .noListener, .conditional: true
            default: false
            }
        }
        #expect(!isRefused, "\(place): \(question): \(after.outcomes) after\n\(remedy.manifest)")
        tally.remedies += 1
    }

    @Test("hold for every request that a question leaves open")
    func openQuestions() throws {
        var answers: [FlowExplanation.Verdict: Int] = [:]
        for seed in 100..<112 {
            var mesh = RandomMesh(seed: UInt64(seed))
            let compiled = CompiledMesh(MeshContents(mesh.objects))
            for client in compiled.proxies.keys.sorted() {
                for service in compiled.contents.services.keys.sorted() {
                    let open = RequestDescription(
                        method: mesh.random.pick(nil, "GET"), path: mesh.random.pick(nil, "/a"),
                        host: mesh.random.pick(nil, "x"))
                    let question = FlowQuestion(client: client, service: service, request: open)
                    for answer in compiled.explain(question) where answer.wireProtocol != nil {
                        answers[answer.verdict, default: 0] += 1
                        for _ in 0..<6 {
                            var request = RequestDescription(mesh.request())
                            request.method = open.method ?? request.method
                            request.path = open.path ?? request.path
                            request.host = open.host ?? request.host
                            let whole = FlowQuestion(
                                client: client, service: service, port: answer.port.port, request: request)
                            let verdict = try #require(compiled.explain(whole).first).verdict
                            #expect(
                                answer.verdict == .depends || answer.verdict == verdict,
                                "seed \(seed): \(question) is \(answer.verdict), \(request) is \(verdict)")
                        }
                    }
                }
            }
        }
        for verdict in FlowExplanation.Verdict.allCases { #expect(answers[verdict, default: 0] >= 20, "\(verdict)") }
    }
}

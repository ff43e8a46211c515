import ArgumentParser
import Foundation
import ManifestSource
import MeshModel
import PolicyAnalysis

/// Compares explanations with the answers of real proxies.
@main
struct ExplanationCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ExplanationCheck",
        abstract: "Compares what `osm policy explain` says with recorded answers of real Envoys.",
        discussion: "The record is what `PodRig semantics --record` wrote. Ends with 1 at any difference.")

    @Argument(help: "The directory of the record.") var record: String
    @Option(help: "How many calls there must be at least.") var calls = 5_000

    /// What was compared.
    private struct Tally {
        var calls = 0
        var decided = 0
        var verdicts: [String: Int] = [:]
        var left = 0
        var objections: [String] = []
    }

    func run() throws {
        var tally = Tally()
        let rounds = try FileManager.default.contentsOfDirectory(atPath: record).filter { $0.hasPrefix("round-") }
        for round in rounds.sorted() { try compare("\(record)/\(round)", &tally) }
        for objection in tally.objections.prefix(20) { print("✗ \(objection)") }
        let verdicts = tally.verdicts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        print(
            "figure: explanations: \(tally.calls - tally.objections.count) of \(tally.calls) answers of real Envoys in "
                + "\(rounds.count) meshes as explained (\(verdicts.joined(separator: ", ")); \(tally.decided) with one "
                + "possible outcome, \(tally.left) left the mesh)")
        // What could have been anything proves nothing: most must have been decided.
        let isEnough = tally.calls >= calls && tally.decided * 10 >= tally.calls * 6
        if !isEnough { print("✗ \(tally.calls) calls, \(tally.decided) decided: too few") }
        guard isEnough, tally.objections.isEmpty else { throw ExitCode.failure }
    }

    private func compare(_ place: String, _ tally: inout Tally) throws {
        let files = try ["mesh.yaml", "pods.yaml"].map { name in
            ManifestFile(name: name, bytes: Array(try Data(contentsOf: URL(filePath: "\(place)/\(name)"))))
        }
        let mesh = CompiledMesh(MeshContents(ManifestCheck(files).changes.tableChanges))
        let lines = try String(contentsOf: URL(filePath: "\(place)/calls.jsonl"), encoding: .utf8).split(
            separator: "\n")
        for line in lines {
            let call = try JSONDecoder().decode(RecordedCall.self, from: Data(line.utf8))
            tally.calls += 1
            guard let explanation = mesh.explain(call.question).first else {
                tally.objections.append("\(place): \(line.prefix(300)): no explanation")
                continue
            }
            tally.verdicts[explanation.verdict.rawValue, default: 0] += 1
            if call.isDecided(by: explanation) { tally.decided += 1 }
            if explanation.outcomes.contains(.noListener(leavesMesh: true)) { tally.left += 1 }
            if !call.agrees(with: explanation) {
                tally.objections.append("\(place): \(line.prefix(300)): \(explanation.lines.joined(separator: " | "))")
            }
        }
    }
}

import ArgumentParser
import Foundation
import MeshModel
import Oracle

/// Asks real proxies what the oracle says about generated meshes.
struct SemanticsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "semantics", abstract: "Compares real Envoys with the oracle, on generated policies and requests.",
        discussion: """
            Each round edits some objects, waits until every proxy enforces all of them, and sends requests: through \
            the clients' own proxies, and past them. Ends with 1 at the first difference, or if a row of the contract \
            was hit too seldom.
            """)

    @Option(help: "The program osm-controller.") var controller: String
    @Option(help: "The program PodApp.") var app: String
    @Option(help: "The program envoy.") var envoy: String
    @Option(help: "How many requests are compared at least.") var calls = 20_000
    @Option(help: "How often each row must be hit.") var hits = 100
    @Option(help: "How many requests a round has.") var round = 250
    @Option(help: "Where the generator begins.") var seed: UInt64 = 1
    @Option(help: "A directory to which calls and answers are written.") var record: String?

    func run() throws {
        let sample = FileManager.default.temporaryDirectory.appending(path: "osm-semantics-\(getpid())").path
        try FileManager.default.createDirectory(atPath: sample, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: sample) }
        do {
            try Preflight(controller: controller, app: app, envoy: envoy, manifests: sample).check()
            Interruption.watch()
            try LeftoverRigs.remove()
            try compare(sample)
        } catch let error as RigError {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            throw ExitCode(error.code == .interrupted ? 130 : 1)
        }
    }

    private func compare(_ sample: String) throws {
        let random = RandomMesh(seed: seed, running: SemanticsPods.running)
        let mesh = try SemanticsMesh(random.objects, in: sample)
        let rig = try Rig(controller: controller, app: app, envoy: envoy, sample: sample)
        let outcome = Result { () throws -> SemanticsTally in
            rig.otherHosts = SemanticsPods.names.map { "\($1) \($0)" }
            try rig.start(SemanticsPods.all) { Output.say("  \($0)") }
            var rounds = try SemanticsRounds(rig, mesh, random, record: record.map(SemanticsRecord.init))
            defer { rounds.stop() }
            return try rounds.run(until: calls, hits: hits, each: round)
        }
        let leftovers = rig.stop()
        for leftover in leftovers { FileHandle.standardError.write(Data("warning: \(leftover)\n".utf8)) }
        var isGood = false
        if case .success(let tally) = outcome { isGood = report(tally) }
        rig.removeFiles(keepingLogs: !isGood)
        if !isGood { Output.say("logs and manifests are kept in \(rig.directory)") }
        _ = try outcome.get()
        if !isGood { throw ExitCode(1) }
    }

    private func report(_ tally: SemanticsTally) -> Bool {
        for row in SemanticRows.all { Output.say("  \(tally.rows[row, default: 0])\t\(row)") }
        let shortcomings = tally.objections + tally.shortcomings(leastCalls: calls, leastHits: hits)
        for shortcoming in shortcomings { Output.say("✗ \(shortcoming)") }
        Output.say(
            "figure: semantics: \(tally.calls - tally.objections.count) of \(tally.calls) answers of real Envoys as the"
                + " oracle says, \(Int((tally.allowedShare * 100).rounded())) % allowed,"
                + " \(Int((tally.refusedShare * 100).rounded())) % refused, \(SemanticRows.all.count) rows, the rarest hit"
                + " \(SemanticRows.all.map { tally.rows[$0, default: 0] }.min() ?? 0) times")
        return shortcomings.isEmpty
    }
}

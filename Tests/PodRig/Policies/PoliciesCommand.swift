import ArgumentParser
import Foundation

/// Shows every policy at work on real Envoys.
struct PoliciesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policies",
        abstract: "Shows each kind of policy at work: a table of cases, expected and observed.",
        discussion: """
            All kinds share one mesh, which is made for them, and run in the same order always. The command ends with \
            1 if a row is not as expected.

            Kinds: \(PolicyKinds.all.map(\.kind).joined(separator: ", "))
            """)

    @Option(help: "The program osm-controller.") var controller: String
    @Option(help: "The program PodApp.") var app: String
    @Option(help: "The program envoy.") var envoy: String
    @Argument(help: "Which kinds; all without any.") var kinds: [String] = []

    func validate() throws {
        let unknown = kinds.filter { kind in !PolicyKinds.all.contains { $0.kind == kind } }
        guard unknown.isEmpty else {
            let known = PolicyKinds.all.map(\.kind).joined(separator: ", ")
            throw ValidationError("there are no cases of \(unknown.joined(separator: ", ")); there are \(known)")
        }
    }

    func run() throws {
        let sample = FileManager.default.temporaryDirectory.appending(path: "osm-policies-\(getpid())").path
        defer { try? FileManager.default.removeItem(atPath: sample) }
        do {
            try FileManager.default.createDirectory(atPath: sample, withIntermediateDirectories: true)
            for file in PolicyManifests.files {
                try Data(file.text.utf8).write(to: URL(filePath: "\(sample)/\(file.name)"))
            }
            try Preflight(controller: controller, app: app, envoy: envoy, manifests: sample).check()
            Interruption.watch()
            try LeftoverRigs.remove()
            try show(sample)
        } catch let error as RigError {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            throw ExitCode(error.code == .interrupted ? 130 : 1)
        }
    }

    private func show(_ sample: String) throws {
        let rig = try Rig(controller: controller, app: app, envoy: envoy, sample: sample)
        rig.otherHosts = OutsideServer.hosts
        var rows: [PolicyRow] = []
        let outcome = Result {
            try rig.start(PolicyPods.all) { Output.say("  \($0)") }
            let outside = try OutsideServer(on: rig)
            defer { outside.stop() }
            let run = PolicyRun(rig, outside)
            defer { rows = run.rows }
            try run.awaitSettled()
            for cases in PolicyKinds.all where kinds.isEmpty || kinds.contains(cases.kind) { try run.run(cases) }
        }
        let leftovers = rig.stop()
        for leftover in leftovers { FileHandle.standardError.write(Data("warning: \(leftover)\n".utf8)) }
        for line in [""] + PolicyRow.table(rows) { Output.say(line) }
        let good = rows.count(where: \.isAsExpected)
        Output.say("\npolicies: \(good) of \(rows.count) rows as expected")
        var isGood = good == rows.count && leftovers.isEmpty
        if case .failure = outcome { isGood = false }
        rig.removeFiles(keepingLogs: !isGood)
        if !isGood { Output.say("logs and manifests are kept in \(rig.directory)") }
        try outcome.get()
        if !isGood { throw ExitCode(1) }
    }
}

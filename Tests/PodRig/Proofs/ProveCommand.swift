import ArgumentParser
import Foundation

/// Puts the promises of the mesh to the test, on real Envoys.
struct ProveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Shows that the promises hold: under load, through crashes, edits and renewals.",
        discussion: """
            The proofs share one mesh, which is made for them. Each prints its figures; what is not as promised is \
            printed with what was expected and seen, and then the command ends with 1.

            \(Proofs.all.map { "\($0.name): \($0.promise)" }.joined(separator: "\n\n"))
            """)

    @Option(help: "The program osm-controller.") var controller: String
    @Option(help: "The program PodApp.") var app: String
    @Option(help: "The program envoy.") var envoy: String
    @Option(help: "How many edits the proofs about edits make.") var edits: Int?
    @Flag(help: "The long form: 1000 edits, five minutes of short certificates.") var soak = false
    @Argument(help: "Which proofs; all without any.") var names: [String] = []

    func validate() throws {
        let unknown = names.filter { name in !Proofs.all.contains { $0.name == name } }
        guard unknown.isEmpty else {
            let known = Proofs.all.map(\.name).joined(separator: ", ")
            throw ValidationError("there is no proof \(unknown.joined(separator: ", ")); there are \(known)")
        }
    }

    func run() throws {
        let sample = FileManager.default.temporaryDirectory.appending(path: "osm-proofs-\(getpid())").path
        defer { try? FileManager.default.removeItem(atPath: sample) }
        do {
            try FileManager.default.createDirectory(atPath: sample, withIntermediateDirectories: true)
            for file in ProofPolicies().files + ProofPods.files {
                try Data(file.text.utf8).write(to: URL(filePath: "\(sample)/\(file.name)"))
            }
            try Preflight(controller: controller, app: app, envoy: envoy, manifests: sample).check()
            Interruption.watch()
            try LeftoverRigs.remove()
            try prove(sample)
        } catch let error as RigError {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            throw ExitCode(error.code == .interrupted ? 130 : 1)
        }
    }

    private func prove(_ sample: String) throws {
        let rig = try Rig(controller: controller, app: app, envoy: envoy, sample: sample)
        rig.otherHosts = OutsideServer.hosts
        let run = ProofRun(rig, edits: edits ?? (soak ? 1_000 : 200))
        let outcome = Result {
            try rig.start(ProofPods.all) { Output.say("  \($0)") }
            defer { run.stopProbers() }
            for proof in Proofs.all where names.isEmpty || names.contains(proof.name) {
                try run.prove(proof)
            }
        }
        let leftovers = rig.stop()
        for leftover in leftovers { FileHandle.standardError.write(Data("warning: \(leftover)\n".utf8)) }
        var isGood = run.objections == 0 && leftovers.isEmpty
        if case .failure = outcome { isGood = false }
        rig.removeFiles(keepingLogs: !isGood)
        if !isGood { Output.say("logs and manifests are kept in \(rig.directory)") }
        try outcome.get()
        if !isGood { throw ExitCode(1) }
    }
}

import ArgumentParser
import Foundation

/// Puts the promises of the operator to the test, on a real API server and real Envoys.
struct OperatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operator",
        abstract: "Shows that the promises hold in a cluster: a real API server, real tokens, real Envoys.",
        discussion: """
            The proofs share one cluster and one mesh, which are made for them. Each prints its figures; what is not \
            as promised is printed with what was expected and seen, and then the command ends with 1.

            \(OperatorProofs.all.map { "\($0.name): \($0.promise)" }.joined(separator: "\n\n"))
            """)

    @Option(help: "The program osm-controller.") var controller: String
    @Option(help: "The program PodApp.") var app: String
    @Option(help: "The program envoy.") var envoy: String
    @Option(help: "The program kubectl.") var kubectl: String
    @Option(help: "The script hack/cluster.sh.") var cluster: String
    @Option(help: "A file that is applied before the controller starts; may be repeated, in their order.")
    var apply: [String] = []
    @Option(help: "A directory that is applied with --kustomize, before the files.") var kustomize: [String] = []
    @Flag(help: "The long form.") var soak = false
    @Flag(help: "Leave everything running at the end, until Ctrl-C.") var keep = false
    @Argument(help: "Which proofs; all without any.") var names: [String] = []

    func validate() throws {
        let unknown = names.filter { name in !OperatorProofs.all.contains { $0.name == name } }
        guard unknown.isEmpty else {
            let known = OperatorProofs.all.map(\.name).joined(separator: ", ")
            throw ValidationError("there is no proof \(unknown.joined(separator: ", ")); there are \(known)")
        }
    }

    func run() throws {
        do {
            try Preflight(controller: controller, app: app, envoy: envoy, manifests: "/").check()
            Interruption.watch()
            try LeftoverRigs.remove()
            try prove()
        } catch let error as RigError {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            throw ExitCode(error.code == .interrupted ? 130 : 1)
        }
    }

    private func prove() throws {
        let rig = try ClusterRig(
            OperatorPrograms(controller: controller, app: app, envoy: envoy, kubectl: kubectl, cluster: cluster))
        let run = OperatorRun(rig, isSoak: soak)
        let outcome = Result {
            defer { run.stop() }
            try run.start(kustomize.map(Installation.kustomization) + apply.map(Installation.file))
            for proof in OperatorProofs.all where names.isEmpty || names.contains(proof.name) {
                try run.prove(proof)
            }
            if keep { try keepRunning(rig) }
        }
        let isGood = run.objections == 0 && (try? outcome.get()) != nil
        if !isGood { rig.keepClusterLogs() }
        let leftovers = rig.stop()
        for leftover in leftovers { FileHandle.standardError.write(Data("warning: \(leftover)\n".utf8)) }
        let keepsLogs = !isGood || !leftovers.isEmpty
        rig.removeFiles(keepingLogs: keepsLogs)
        if keepsLogs { Output.say("logs are kept in \(rig.directory)") }
        try outcome.get()
        if keepsLogs { throw ExitCode(1) }
    }

    private func keepRunning(_ rig: ClusterRig) throws {
        let kubectl = rig.cluster.kubectl
        Output.say("Everything keeps running until Ctrl-C. Logs: \(rig.programs.logs)")
        Output.say("  \(kubectl.command(["get", "traffictargets", "--all-namespaces"]).joined(separator: " "))")
        while !Interruption.isRequested { Thread.sleep(forTimeInterval: 0.1) }
    }
}

import ArgumentParser
import Foundation

/// What runs within `NodeRig enter`: a cluster with a node whose pods really run.
struct NodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node", abstract: "A cluster with a node: real pods, given their sidecars by the webhook.",
        subcommands: [NodeDemoCommand.self, NodeProveCommand.self])
}

/// The programs, on the command line.
struct NodeOptions: ParsableArguments {
    @Option(help: "The checkout.") var root: String
    @Option(help: "The directory of the programs of this checkout.") var binaries: String
    @Option(help: "The program envoy.") var envoy: String
    @Option(help: "The program kubectl.") var kubectl: String
    @Option(help: "A directory for everything that is written.") var state: String

    var programs: NodePrograms {
        NodePrograms(
            cluster: "\(root)/hack/cluster.sh", kubectl: kubectl, command: "\(binaries)/osm",
            node: "\(binaries)/NodeRig",
            controller: "\(binaries)/osm-controller", healthcheck: "\(binaries)/osm-healthcheck",
            app: "\(binaries)/PodApp", envoy: envoy)
    }

    /// Does something with a cluster, which is stopped whatever comes of it.
    func withCluster(_ body: (NodeCluster) throws -> Bool) throws {
        do {
            Interruption.watch()
            let cluster = try NodeCluster(programs, directory: state)
            let outcome = Result { try body(cluster) }
            cluster.stop()
            guard try outcome.get() else { throw ExitCode(1) }
        } catch let error as RigError {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            throw ExitCode(error.code == .interrupted ? 130 : 1)
        }
    }
}

/// The command `PodRig node demo`.
struct NodeDemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "The bookstore in a cluster, step by step.")

    @OptionGroup var options: NodeOptions
    @Flag(help: "Nothing else: each step is verified in any case.") var check = false
    @Flag(help: "Leave everything running at the end, until Ctrl-C.") var keep = false

    func run() throws {
        try options.withCluster { cluster in
            let demo = NodeDemo(cluster, root: options.root)
            try demo.walk()
            Output.say("")
            Output.say(demo.table.summary("demo"))
            if keep {
                Output.say("Everything keeps running until Ctrl-C. Logs: \(cluster.logs), \(cluster.nodeDirectory)")
                while !Interruption.isRequested { Thread.sleep(forTimeInterval: 0.1) }
            }
            return demo.table.isAsExpected
        }
    }
}

/// The command `PodRig node prove`.
struct NodeProveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove", abstract: "Shows that the promises of injection and admission hold.",
        discussion: NodeProofs.all.map { "\($0.name): \($0.promise)" }.joined(separator: "\n\n"))

    @OptionGroup var options: NodeOptions
    @Flag(help: "The long form.") var soak = false
    @Argument(help: "Which proofs; all without any.") var names: [String] = []

    func validate() throws {
        let unknown = names.filter { name in !NodeProofs.all.contains { $0.name == name } }
        guard unknown.isEmpty else {
            let known = NodeProofs.all.map(\.name).joined(separator: ", ")
            throw ValidationError("there is no proof \(unknown.joined(separator: ", ")); there are \(known)")
        }
    }

    func run() throws {
        try options.withCluster { cluster in
            let run = NodeRun(cluster, root: options.root, isSoak: soak)
            try run.start()
            for proof in NodeProofs.all where names.isEmpty || names.contains(proof.name) { try run.prove(proof) }
            return run.objections == 0
        }
    }
}

import ArgumentParser
import Foundation
import UnixSignals

/// Checks the node with pods that show what it does.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Starts a cluster and a node, and runs pods that show everything that the node does.",
        discussion: "To be started inside `NodeRig enter`. Everything that was started ends with it.")

    @Option(help: "The script hack/cluster.sh.") var cluster: String
    @Option(help: "The program kubectl.") var kubectl: String
    @Option(help: "The program PodApp.") var app: String
    @Option(help: "The directory for everything; removed at the end, unless something was not as expected.")
    var state: String?
    @Argument(help: "Words of the names of the checks to run; all without any.") var names: [String] = []

    func run() async throws {
        let directory = try CheckDirectory(state)
        let names = names
        let run = CheckRun(
            directory: directory.path, clusterScript: cluster, kubectl: kubectl, app: app,
            program: CommandLine.arguments.first ?? "")
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        let isGood = try await withThrowingTaskGroup(of: Bool?.self) { group in
            group.addTask { try await run.run(names) }
            group.addTask {
                for await _ in signals { return nil }
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        if isGood == false { print("node: the logs are in \(directory.path)") }
        // Whoever ended it has no use for the logs.
        directory.finish(keepingFiles: isGood == false)
        guard isGood == true else { throw ExitCode(isGood == nil ? 130 : 1) }
    }
}

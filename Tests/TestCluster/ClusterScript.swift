import Foundation

/// `hack/cluster.sh` of this checkout, for one state directory.
struct ClusterScript {
    /// The root of the checkout that this file was compiled from.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    let state: URL

    /// Runs a command of the script to its end, whatever its status.
    func outcome(_ command: String, _ arguments: [String] = [], input: String? = nil) async throws -> ProgramOutcome {
        let script = Self.root.appending(path: "hack/cluster.sh").path
        guard FileManager.default.isExecutableFile(atPath: script) else {
            throw TestClusterError(.checkout, "there is no \(script); run the tests in the checkout they were built in")
        }
        return try await Program(path: script, arguments: [command, "--state", state.path] + arguments)
            .run(input: input)
    }

    /// Runs a command of the script that must succeed.
    @discardableResult
    func run(_ command: String, _ arguments: [String] = []) async throws -> String {
        let outcome = try await outcome(command, arguments)
        guard outcome.status == 0 else {
            throw TestClusterError(
                .script, "hack/cluster.sh \(command) failed with status \(outcome.status): \(outcome.stderr)")
        }
        return outcome.stdout
    }

    /// The text of a file of the state, without white space around it.
    func text(_ path: String) throws -> String {
        let file = state.appending(path: path)
        do {
            return try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            throw TestClusterError(.file, "cannot read \(file.path); the cluster may be down", cause: error)
        }
    }
}

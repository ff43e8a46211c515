import ArgumentParser
import ControlLoop
import ManifestSource
import MeshModel
import PolicyAnalysis
import PolicyCompiler

/// The command `osm-controller check`.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Print what is wrong with a directory of manifests, with file, line and object, and exit.",
        discussion: "The exit status is 1 if anything is wrong. Nothing is served and nothing is written.")

    @OptionGroup var mesh: ManifestOptions

    func run() throws {
        let check = try ManifestCheck(directory: mesh.manifests)
        let graph = PolicyGraph(
            settings: mesh.settings, trust: TrustBundle(trustDomains: ["cluster.local"], rootsPEM: ""))
        let difference = graph.apply(check.changes.tableChanges)
        // What is wrong with an object by itself stands among the problems already.
        var lines = Set(check.problems.map(\.description))
        for (key, diagnosis) in difference.diagnoses {
            for problem in (diagnosis?.refusals ?? []) + (diagnosis?.unresolved ?? []) {
                let place =
                    check.location(of: key, path: problem.path) ?? ManifestLocation(file: mesh.manifests, line: 0)
                lines.insert("\(place): \(key): \(problem)")
            }
        }
        for line in lines.sorted() { print(line) }
        let objects = check.changes.count
        print("check: \(objects) objects, \(lines.isEmpty ? "no problems" : "\(lines.count) problems")")
        if !lines.isEmpty { throw ExitCode(1) }
    }
}

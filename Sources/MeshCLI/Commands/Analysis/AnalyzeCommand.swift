internal import ArgumentParser
internal import FoundationEssentials
internal import MeshModel
internal import PolicyAnalysis

/// The command `osm analyze`.
struct AnalyzeCommand: AsyncParsableCommand {
    /// How findings are printed.
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, sarif }
    /// How bad a finding is.
    enum Severity: String, ExpressibleByArgument, CaseIterable {
        case error, warning, note

        var severity: Finding.Severity {
            switch self {
            case .error: .error
            case .warning: .warning
            case .note: .note
            }
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "analyze", abstract: "Find mistakes in manifests, or in the objects of a cluster, and say where.",
        discussion: """
            Errors are what has not the effect that it says: documents that cannot be read, objects that are wrong by \
            themselves, references to what is not there, claims that an older object has. Warnings are what does \
            nothing: objects outside of the mesh, objects that nothing uses, rules that others cover. Notes are what \
            behaves otherwise than in Open Service Mesh.

            With -f nothing is asked of a cluster: pods and addresses are made up from Deployments and other \
            workloads, and namespaces that the manifests do not hold are taken for namespaces of the mesh. The exit \
            status is 1 if anything is found that is as bad as --fail-on says.

            EXAMPLES:
              osm analyze -f manifests
              osm analyze -f manifests --output sarif > osm.sarif
              kustomize build overlays/production | osm analyze -f - --fail-on warning
              osm analyze --show warning
            """)

    @Option(name: [.short, .long], help: "How findings are printed: table, json or sarif.")
    var output = Format.table

    @Option(help: "End with 1 for findings as bad as this, or worse: error, warning or note.")
    var failOn = Severity.error

    @Option(help: "Leave out what is less bad than this: error, warning or note.")
    var show = Severity.note

    @OptionGroup var source: MeshSourceOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let console = global.console
        let mesh = try await source.load("analyzing the mesh", global, wantsAll: false)
        mesh.tellAssumptions(console)
        let analysis = MeshAnalysis(mesh.compiled, manifests: mesh.manifests)
        let shown = analysis.showing(show.severity)
        switch output {
        case .table:
            for finding in shown.findings { console.out(finding.text) }
            console.out(shown.summary)
        case .json: console.write(try OutputFormat.json.text(of: shown) ?? "")
        case .sarif:
            console.write(try OutputFormat.json.text(of: SARIFLog(shown, version: BuildInfo.version)) ?? "")
        }
        if let worst = analysis.worst, worst <= failOn.severity { throw ExitCode.failure }
    }
}

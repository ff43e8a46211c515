internal import ArgumentParser
internal import ManifestSource
internal import MeshModel
internal import PolicyAnalysis
internal import PolicyCompiler

/// The command `osm diff`.
struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Tell what a change of manifests would do, before it is made.",
        discussion: """
            With one -f the cluster is compared with the cluster as it would be after `kubectl apply` of the \
            manifests; with two, manifests with manifests. What is told: which calls become allowed or denied, which \
            requests, how they divide, what may leave and enter the mesh, what authors would be told, and which \
            proxies get which resources. The exit status is 0, or with --exit-code 1 if anything is different.

            EXAMPLES:
              osm diff -f manifests
              osm diff -f before -f after --resources
            """)

    @Option(
        name: [.customShort("f"), .long],
        help: ArgumentHelp(
            "Manifests: a file, a directory with all below it, or - for standard input; twice for two states.",
            valueName: "path"))
    var filename: [String] = []

    @Flag(
        help: """
            Against a cluster: policies that the manifests do not hold, in the namespaces that they do, are taken as \
            deleted.
            """)
    var prune = false

    @Flag(help: "Name each resource of proxies that is different.")
    var resources = false

    @Flag(help: "End with 1 if anything is different.")
    var exitCode = false

    @OptionGroup var mesh: MeshNameOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    mutating func validate() throws {
        guard (1...2).contains(filename.count) else { throw ValidationError("Write -f once or twice") }
        guard !prune || filename.count == 1 else { throw ValidationError("--prune is for a comparison with a cluster") }
    }

    func run() async throws {
        let console = global.console
        let settings = try mesh.settings(global)
        let compiled = CompiledMesh(settings: settings, trustDomains: [mesh.trustDomain])
        let (old, new) = try await states(settings)
        compiled.become(old)
        let before = compiled.snapshot()
        compiled.become(new)
        let difference = MeshDifference(from: before, to: compiled.snapshot())
        try console.print(difference, as: output.output) { isWide in
            for line in difference.lines(listsResources: resources || isWide) { console.out(line) }
        }
        if exitCode, !difference.isEmpty { throw ExitCode.failure }
    }

    /// The two states that are compared.
    private func states(_ settings: MeshSettings) async throws -> (MeshContents, MeshContents) {
        let last = ManifestCheck(try ManifestFiles.read([filename[filename.count - 1]]))
        guard filename.count == 1 else {
            let first = ManifestCheck(try ManifestFiles.read([filename[0]]))
            let plans = [first, last].map { PlannedMesh($0, settings: settings) }
            for assumption in Set(plans.flatMap(\.assumptions)).sorted() {
                global.console.error("note: \(assumption)")
            }
            return (plans[0].contents, plans[1].contents)
        }
        let live = try await global.withCluster("comparing the mesh with \(filename[0])") { cluster in
            try await LiveMesh.contents(of: cluster)
        }
        return (live, PlannedMesh(applying: last, to: live, prunes: prune, settings: settings).contents)
    }
}

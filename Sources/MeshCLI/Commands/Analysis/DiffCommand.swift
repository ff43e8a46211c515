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
            proxies get which resources (of services that a proxy gets at the first call only, as if it had called \
            them). The exit status is 0, or with --exit-code 1 if anything is different.

            EXAMPLES:
              osm diff -f manifests
              osm diff -f manifests --prune --exit-code
              osm diff -f before -f after --resources
              kustomize build overlays/production | osm diff -f - --output json
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
        guard filename != ["-", "-"] else { throw ValidationError("Standard input can be read once: write -f - once") }
        guard !prune || filename.count == 1 else { throw ValidationError("--prune is for a comparison with a cluster") }
    }

    func run() async throws {
        let console = global.console
        let states = try await filename.count == 1 ? againstCluster() : ofManifests()
        for remark in states.remarks { console.error("note: \(remark)") }
        let compiled = states.identity.compiled(states.old)
        let before = compiled.snapshot()
        compiled.become(states.new)
        let difference = MeshDifference(from: before, to: compiled.snapshot())
        try console.print(difference, as: output.output) { isWide in
            for line in difference.lines(listsResources: resources || isWide) { console.out(line) }
        }
        if exitCode, !difference.isEmpty { throw ExitCode.failure }
    }

    /// The two states that are compared, and what must be known of them.
    private struct States {
        let identity: MeshIdentity
        let old: MeshContents
        let new: MeshContents
        let remarks: [String]
    }

    private func ofManifests() throws -> States {
        let identity = try mesh.identity(global)
        var plans = try filename.map { path in
            PlannedMesh(try ManifestFiles.objects([path], global.console), settings: identity.settings)
        }
        // Without a pod there would be nobody of whom to tell anything: often clients are of other manifests.
        let clients = plans.reduce(into: Set()) { $0.formUnion($1.contents.clients) }
        for index in plans.indices { plans[index].standIn(for: clients) }
        return States(
            identity: identity, old: plans[0].contents, new: plans[1].contents,
            remarks: Set(plans.flatMap(\.assumptions)).sorted())
    }

    private func againstCluster() async throws -> States {
        let manifests = try ManifestFiles.objects(filename, global.console)
        let (live, identity) = try await global.withCluster("comparing the mesh with \(filename[0])") { cluster in
            let identity = try mesh.identity(global, try await cluster.controlPlaneWords())
            return (try await cluster.liveMesh(), identity)
        }
        let plan = PlannedMesh(
            applying: manifests, to: live.contents, prunes: prune, settings: identity.settings)
        return States(
            identity: identity, old: live.contents, new: plan.contents,
            remarks: live.remarks(identity.settings) + plan.assumptions)
    }
}

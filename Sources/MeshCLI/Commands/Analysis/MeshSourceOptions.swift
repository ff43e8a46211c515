internal import ArgumentParser
internal import ManifestSource
internal import MeshModel
internal import PolicyAnalysis
internal import PolicyCompiler

/// The options that say which objects are looked at: manifests, or those of the cluster.
struct MeshSourceOptions: ParsableArguments {
    @Option(
        name: [.customShort("f"), .long],
        help: ArgumentHelp(
            "Manifests in place of the cluster: a file, a directory with all below it, or - for standard input.",
            valueName: "path"))
    var filename: [String] = []

    @OptionGroup var mesh: MeshNameOptions

    init() {}

    /// The mesh that the options name.
    ///
    /// - Parameters:
    ///   - action: What is being done, for messages.
    ///   - global: The options of every command.
    func load(_ action: String, _ global: GlobalOptions) async throws -> LoadedMesh {
        guard filename.isEmpty else {
            return try LoadedMesh(manifests: filename, mesh, global)
        }
        let settings = try mesh.settings(global)
        return try await global.withCluster(action) { cluster in
            LoadedMesh(try await LiveMesh.contents(of: cluster), mesh, settings)
        }
    }
}

/// The options that say what a mesh is called.
struct MeshNameOptions: ParsableArguments {
    @Option(help: "The name of the mesh.")
    var meshName = "osm"

    @Option(help: "The domain in which workloads are named.")
    var trustDomain = "cluster.local"

    init() {}

    /// Where the mesh's own objects are, and what it is called.
    func settings(_ global: GlobalOptions) throws -> MeshSettings {
        MeshSettings(meshName: meshName, osmNamespace: try global.controlPlaneNamespace())
    }
}

/// A mesh, and where its objects are from.
struct LoadedMesh {
    let compiled: CompiledMesh
    /// The manifests; `nil` for objects of a cluster.
    let manifests: ManifestCheck?
    /// What was taken for granted, in sentences.
    let assumptions: [String]

    /// The mesh of objects of a cluster.
    init(_ contents: MeshContents, _ options: MeshNameOptions, _ settings: MeshSettings) {
        compiled = CompiledMesh(settings: settings, trustDomains: [options.trustDomain])
        compiled.become(contents)
        manifests = nil
        assumptions = []
    }

    /// The mesh that manifests would make.
    init(manifests paths: [String], _ options: MeshNameOptions, _ global: GlobalOptions) throws {
        let settings = try options.settings(global)
        let check = ManifestCheck(try ManifestFiles.read(paths))
        let plan = PlannedMesh(check, settings: settings)
        compiled = CompiledMesh(settings: settings, trustDomains: [options.trustDomain])
        compiled.become(plan.contents)
        manifests = check
        assumptions = plan.assumptions
    }

    /// Tells what was taken for granted, on standard error.
    func tellAssumptions(_ console: Console) {
        for assumption in assumptions { console.error("note: \(assumption)") }
    }
}

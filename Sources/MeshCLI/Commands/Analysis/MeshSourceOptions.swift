internal import ArgumentParser
internal import ManifestSource

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
    ///   - wantsAll: Whether manifests that cannot be read are a failure.
    ///   - lazyAbove: Of more service ports that all may call a proxy has only those that it has called; `nil` for what the
    ///     control plane was told.
    func load(
        _ action: String, _ global: GlobalOptions, wantsAll: Bool = true, lazyAbove: LazyThreshold? = .never
    ) async throws -> LoadedMesh {
        guard filename.isEmpty else {
            let manifests =
                wantsAll
                ? try ManifestFiles.objects(filename, global.console) : ManifestCheck(try ManifestFiles.read(filename))
            return LoadedMesh(manifests, try mesh.identity(global, lazyAbove: lazyAbove))
        }
        return try await global.withCluster(action) { cluster in
            try await LoadedMesh(cluster, mesh, global, lazyAbove: lazyAbove)
        }
    }
}

internal import KubernetesClient
internal import ManifestSource
internal import MeshModel
internal import PolicyAnalysis

/// A mesh, and where its objects are from.
struct LoadedMesh {
    let compiled: CompiledMesh
    /// The manifests; `nil` for objects of a cluster.
    let manifests: ManifestCheck?
    /// What was taken for granted, in sentences.
    let assumptions: [String]

    /// The mesh that manifests would make.
    init(_ manifests: ManifestCheck, _ identity: MeshIdentity) {
        let plan = PlannedMesh(manifests, settings: identity.settings)
        compiled = identity.compiled(plan.contents)
        self.manifests = manifests
        assumptions = plan.assumptions
    }

    /// The mesh in a cluster.
    init(
        _ cluster: ClusterConnection, _ options: MeshNameOptions, _ global: GlobalOptions, lazyAbove: LazyThreshold?
    ) async throws {
        let identity = try options.identity(global, try await cluster.controlPlaneWords(), lazyAbove: lazyAbove)
        let live = try await cluster.liveMesh()
        compiled = identity.compiled(live.contents)
        manifests = nil
        assumptions = live.remarks(identity.settings)
    }

    /// Tells what was taken for granted, on standard error.
    func tellAssumptions(_ console: Console) {
        for assumption in assumptions { console.error("note: \(assumption)") }
    }
}

extension ClusterConnection {
    /// The objects of the mesh.
    ///
    /// - Throws: ``CommandFailure`` for a cluster that knows no meshes, and `KubernetesError`.
    func liveMesh() async throws -> LiveMesh {
        let live = try await LiveMesh(of: self)
        guard !live.missing.contains(.meshConfig) else {
            throw CommandFailure(
                "reading the mesh of \(client.access.server)",
                because:
                    "the cluster serves no MeshConfig (\(ObjectKind.meshConfig.group)): there can be no mesh in it",
                advice: "install one with `osm install`, name another cluster with --context, or give manifests "
                    + "with -f")
        }
        return live
    }
}

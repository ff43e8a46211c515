internal import ArgumentParser
internal import KubernetesClient
internal import MeshModel

/// The command `osm namespace add`.
struct NamespaceAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add namespaces to a mesh.",
        discussion: """
            The mesh sees what is in the namespaces from then on, and pods that are made there get a sidecar, unless \
            --disable-sidecar-injection is given. Pods that run already are left as they are.

            EXAMPLES:
              osm namespace add bookstore bookbuyer
              osm namespace add legacy --disable-sidecar-injection
              osm namespace add shop --mesh-name my-mesh
            """)

    @Argument(help: ArgumentHelp("The namespaces.", valueName: "namespace"))
    var namespaces: [String]

    @Option(help: "The name of the mesh.")
    var meshName = "osm"

    @Flag(help: "Give new pods no sidecar.")
    var disableSidecarInjection = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await global.withCluster("adding namespaces to mesh [\(meshName)]") { cluster in
            let meshes = try await cluster.meshes()
            guard meshes.contains(where: { $0.name == meshName }) else {
                throw CommandFailure(
                    "mesh [\(meshName)] does not exist. Please specify another mesh using --mesh-name or create a new "
                        + "mesh.")
            }
            var report = NamespaceReport(cluster.console, as: output)
            for name in namespaces { try await add(name, cluster, meshes, &report) }
            try report.finish()
        }
    }

    private func add(
        _ name: String, _ cluster: ClusterConnection, _ meshes: [InstalledMesh], _ report: inout NamespaceReport
    ) async throws {
        guard !meshes.contains(where: { $0.namespace == name }) else {
            report.add(
                name, isChanged: false,
                "Namespace [\(name)] already has [osm-controller] installed and cannot be added to mesh [\(meshName)]")
            return
        }
        let action = "Could not add namespace [\(name)] to mesh [\(meshName)]"
        guard let namespace = try await cluster.namespace(name) else {
            throw CommandFailure(
                action, because: "namespaces \"\(name)\" not found", advice: "make it with `kubectl create ns \(name)`")
        }
        let owner = namespace.metadata.labels?[MeshLabels.monitoredBy]
        guard owner != meshName else {
            report.add(
                name, isChanged: false, "Namespace [\(name)] has already been added to mesh [\(meshName)]")
            return
        }
        guard namespace.metadata.labels?[MeshLabels.ignore] == nil else {
            throw CommandFailure(
                action, because: "Cannot add ignored namespace",
                advice: "remove the label: kubectl label namespace \(name) \(MeshLabels.ignore)-")
        }
        // The original takes it over in silence.
        if let owner, meshes.contains(where: { $0.name == owner }) {
            throw CommandFailure(
                action, because: "Namespace belongs to mesh [\(owner)]",
                advice: "remove it there first: osm namespace remove \(name) --mesh-name \(owner)")
        }
        let patch = MetadataPatch(
            labels: [MeshLabels.monitoredBy: meshName],
            annotations: [MeshLabels.sidecarInjection: disableSidecarInjection ? "disabled" : "enabled"])
        guard try await cluster.client.mergePatch(.namespace, ObjectName(namespace: "", name: name), body: patch)
        else { throw CommandFailure(action, because: "it was deleted meanwhile") }
        report.add(name, "Namespace [\(name)] successfully added to mesh [\(meshName)]")
    }
}

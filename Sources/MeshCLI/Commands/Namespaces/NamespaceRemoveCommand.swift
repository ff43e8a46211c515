internal import ArgumentParser
internal import KubernetesClient
internal import MeshModel

/// The command `osm namespace remove`.
struct NamespaceRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a namespace from a mesh.",
        discussion: """
            Pods that have a sidecar keep it until they are made anew; services of the namespace are no longer in the \
            mesh.

            EXAMPLES:
              osm namespace remove bookstore
              osm namespace remove shop --mesh-name my-mesh
            """)

    @Argument(help: "The namespace.")
    var namespace: String

    @Option(help: "The name of the mesh.")
    var meshName = "osm"

    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await global.withCluster("removing namespace [\(namespace)] from mesh [\(meshName)]") { cluster in
            var report = NamespaceReport(cluster.console, as: output)
            guard let found = try await cluster.namespace(namespace) else {
                throw CommandFailure(
                    "Could not get namespace [\(namespace)]", because: "namespaces \"\(namespace)\" not found",
                    advice: "see `osm namespace list`")
            }
            guard let owner = found.metadata.labels?[MeshLabels.monitoredBy] else {
                report.add(
                    namespace, isChanged: false, "Namespace [\(namespace)] already does not belong to any mesh")
                return try report.finish()
            }
            guard owner == meshName else {
                throw CommandFailure(
                    "Namespace belongs to mesh [\(owner)], not mesh [\(meshName)]. Please specify the correct mesh")
            }
            let patch = MetadataPatch(
                labels: [MeshLabels.monitoredBy: .none], annotations: [MeshLabels.sidecarInjection: .none])
            _ = try await cluster.client.mergePatch(
                .namespace, ObjectName(namespace: "", name: namespace), body: patch)
            report.add(namespace, "Namespace [\(namespace)] successfully removed from mesh [\(meshName)]")
            try report.finish()
        }
    }
}

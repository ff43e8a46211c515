internal import ArgumentParser
internal import KubernetesClient
internal import MeshModel

/// The command `osm namespace ignore`.
struct NamespaceIgnoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ignore", abstract: "Keep namespaces out of every mesh.",
        discussion: """
            Pods of the namespaces get no sidecar, and nothing of them is in a mesh. Sidecars that are there already \
            are not removed.

            EXAMPLES:
              osm namespace ignore kube-system monitoring
            """)

    @Argument(help: ArgumentHelp("The namespaces.", valueName: "namespace"))
    var namespaces: [String]

    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await global.withCluster("configuring namespaces to be ignored") { cluster in
            var report = NamespaceReport(cluster.console, as: output)
            for name in namespaces {
                let before = try await cluster.namespace(name)?.metadata.labels?[MeshLabels.ignore]
                let patch = MetadataPatch(labels: [MeshLabels.ignore: "true"])
                guard
                    try await cluster.client.mergePatch(
                        .namespace, ObjectName(namespace: "", name: name), body: patch)
                else {
                    throw CommandFailure(
                        "Failed to retrieve namespace [\(name)]", because: "namespaces \"\(name)\" not found",
                        advice: "see `kubectl get namespaces`")
                }
                report.add(
                    name, isChanged: before != "true", "Successfully configured namespace [\(name)] to be ignored")
            }
            try report.finish()
        }
    }
}

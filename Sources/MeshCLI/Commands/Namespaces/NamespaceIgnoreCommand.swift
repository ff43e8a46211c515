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

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await global.withCluster("configuring namespaces to be ignored") { cluster in
            for name in namespaces {
                let patch = MetadataPatch(labels: [MeshLabels.ignore: "true"])
                guard
                    try await cluster.client.mergePatch(
                        .namespace, ObjectName(namespace: "", name: name), body: patch)
                else {
                    throw CommandFailure(
                        "Failed to retrieve namespace [\(name)]", because: "namespaces \"\(name)\" not found",
                        advice: "see `kubectl get namespaces`")
                }
                cluster.console.out("Successfully configured namespace [\(name)] to be ignored")
            }
        }
    }
}

internal import ArgumentParser
internal import MeshModel

/// The command `osm namespace list`.
struct NamespaceListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the namespaces of one mesh, or of all.",
        discussion: """
            EXAMPLES:
              osm namespace list
              osm namespace list my-mesh --output json
            """)

    /// A namespace of a mesh.
    struct Row: Encodable {
        let namespace: String
        let mesh: String
        let sidecarInjection: String
        /// Whether Prometheus is told to read the sidecars' metrics.
        let metrics: String
        /// The namespace's own permissive mode, `-` where it is the mesh's.
        let permissiveMode: String
    }

    @Argument(help: "The name of the mesh; all meshes without it.")
    var mesh: String?

    @Option(help: "The same as the argument.")
    var meshName: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let name = mesh ?? meshName
        try await global.withCluster("listing namespaces") { cluster in
            let rows = try await cluster.namespaces(ofMesh: name).map { namespace in
                let labels = namespace.metadata.labels ?? [:]
                let annotations = namespace.metadata.annotations ?? [:]
                let isIgnored = labels[MeshLabels.ignore] != nil
                return Row(
                    namespace: namespace.metadata.name, mesh: labels[MeshLabels.monitoredBy] ?? "",
                    sidecarInjection: isIgnored
                        ? "disabled (ignored)" : annotations[MeshLabels.sidecarInjection] ?? "-",
                    metrics: annotations[MeshLabels.metrics] ?? "-",
                    permissiveMode: annotations[MeshLabels.permissiveMode] ?? "-")
            }
            try cluster.console.print(rows, as: output.output) { isWide in
                guard !rows.isEmpty else {
                    cluster.console.out(name.map { "No namespaces in mesh [\($0)]" } ?? "No namespaces in any mesh")
                    return
                }
                var table = TextTable(
                    ["NAMESPACE", "MESH", "SIDECAR-INJECTION"] + (isWide ? ["METRICS", "PERMISSIVE"] : []))
                for row in rows {
                    table.append(
                        [row.namespace, row.mesh, row.sidecarInjection]
                            + (isWide ? [row.metrics, row.permissiveMode] : []))
                }
                cluster.console.write("\(table)")
            }
        }
    }
}

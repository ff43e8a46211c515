internal import ArgumentParser
internal import FoundationEssentials
internal import MeshModel

/// The command `osm mesh list`.
struct MeshListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the meshes of the cluster.",
        discussion: """
            EXAMPLES:
              osm mesh list
              osm mesh list --output json
            """)

    /// A mesh.
    struct Row: Encodable {
        let name: String
        let namespace: String
        let version: String
        let namespaces: [String]
        let replicas: Int
        let readyReplicas: Int
        /// `Kind:version`, sorted; empty where the controller cannot be asked.
        let smi: [String]
    }

    @Option(name: [.customShort("p"), .long], help: "The port of this host to forward from; any free one by default.")
    var localPort: UInt16 = 0

    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await global.withCluster("listing meshes") { cluster in
            var rows: [Row] = []
            for mesh in try await cluster.meshes() {
                rows.append(
                    Row(
                        name: mesh.name, namespace: mesh.namespace, version: mesh.version,
                        namespaces: try await cluster.namespaces(ofMesh: mesh.name).map(\.metadata.name),
                        replicas: mesh.replicas, readyReplicas: mesh.readyReplicas, smi: await smi(of: mesh, cluster)))
            }
            try cluster.console.print(rows, as: output.output) { table(rows, isWide: $0, cluster.console) }
        }
    }

    private func table(_ rows: [Row], isWide: Bool, _ console: Console) {
        guard !rows.isEmpty else { return console.out("No osm mesh control planes found") }
        let header = ["MESH NAME", "MESH NAMESPACE", "VERSION", "ADDED NAMESPACES"]
        var meshes = TextTable(header + (isWide ? ["REPLICAS"] : []))
        var kinds = TextTable("MESH NAME", "MESH NAMESPACE", "SMI SUPPORTED")
        for row in rows {
            let namespaces = row.namespaces.joined(separator: ",")
            meshes.append(
                [row.name, row.namespace, row.version, namespaces]
                    + (isWide ? ["\(row.readyReplicas)/\(row.replicas)"] : []))
            kinds.append(row.name, row.namespace, row.smi.isEmpty ? "Unknown" : row.smi.joined(separator: ","))
        }
        console.write("\n\(meshes)\n\(kinds)")
        console.out(
            "\nTo list the OSM controller pods for a mesh, please run the following command passing in the mesh's "
                + "namespace\n\tkubectl get pods -n <osm-mesh-namespace> -l app=osm-controller")
    }

    /// The kinds of SMI that a mesh serves; nothing where none of its pods tells.
    private func smi(of mesh: InstalledMesh, _ cluster: ClusterConnection) async -> [String] {
        do {
            let text = try await cluster.fromController(in: mesh.namespace, "/smi/version", localPort: localPort)
            let versions = try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
            return versions.map { "\($0.key):\($0.value.split(separator: "/").last ?? "")".onOneLine }.sorted()
        } catch {
            cluster.console.debug("\(error)")
            return []
        }
    }
}

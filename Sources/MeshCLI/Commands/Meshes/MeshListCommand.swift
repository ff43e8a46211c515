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
        /// `Kind:version`, sorted; empty where the controller cannot be asked.
        let smi: [String]
    }

    @Option(name: [.customShort("p"), .long], help: "The port of this host to forward from; any free one by default.")
    var localPort = 0

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
                        smi: await smi(of: mesh, cluster)))
            }
            try cluster.console.print(rows, as: output.output) { _ in table(rows, cluster.console) }
        }
    }

    private func table(_ rows: [Row], _ console: Console) {
        guard !rows.isEmpty else { return console.out("No osm mesh control planes found") }
        var meshes = TextTable("MESH NAME", "MESH NAMESPACE", "VERSION", "ADDED NAMESPACES")
        var kinds = TextTable("MESH NAME", "MESH NAMESPACE", "SMI SUPPORTED")
        for row in rows {
            meshes.append(row.name, row.namespace, row.version, row.namespaces.joined(separator: ","))
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
            for pod in try await cluster.controllerPods(in: mesh.namespace) where pod.isRunning {
                let name = ObjectName(namespace: mesh.namespace, name: pod.metadata.name)
                let answer = try await cluster.askController(name, path: "/smi/version", localPort: localPort)
                let versions = try JSONDecoder().decode([String: String].self, from: Data(answer.body))
                return versions.map { "\($0.key):\($0.value.split(separator: "/").last ?? "")" }.sorted()
            }
        } catch {
            cluster.console.debug("\(error)")
        }
        return []
    }
}

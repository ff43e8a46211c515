internal import ArgumentParser
internal import FoundationEssentials

/// The command `osm version`.
struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version of this command and of the control planes.",
        discussion: """
            Nothing is asked of the internet.

            EXAMPLES:
              osm version
              osm version --client-only
            """)

    /// What is known of versions.
    struct Versions: Encodable {
        let client: ControllerVersion
        let meshes: [MeshVersion]
    }

    /// The version of a mesh.
    struct MeshVersion: Encodable {
        let name: String
        let namespace: String
        /// `nil` where none of its pods tells.
        let controller: ControllerVersion?
    }

    /// What a program says about its build.
    struct ControllerVersion: Codable {
        enum CodingKeys: String, CodingKey {
            case version
            case gitCommit = "git_commit"
            case buildDate = "build_date"
        }

        let version: String
        let gitCommit: String
        let buildDate: String
    }

    @Flag(help: "Print the version of this command alone; no cluster is needed.")
    var clientOnly = false

    @Flag(help: "Accepted for scripts of the original, which looked for newer releases without it.")
    var versionOnly = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    private static let client = ControllerVersion(
        version: BuildInfo.version, gitCommit: BuildInfo.gitCommit, buildDate: BuildInfo.buildDate)

    func run() async throws {
        let console = global.console
        guard !clientOnly else {
            return try console.print(Versions(client: Self.client, meshes: []), as: output.output) { _ in
                client(console)
            }
        }
        let isTable = output.output == .table || output.output == .wide
        if isTable { client(console) }
        let meshes = try await global.withCluster("asking control planes for their versions") { cluster in
            var meshes: [MeshVersion] = []
            for mesh in try await cluster.meshes() {
                let version = await version(of: mesh, cluster)
                meshes.append(MeshVersion(name: mesh.name, namespace: mesh.namespace, controller: version))
            }
            return meshes
        }
        try console.print(Versions(client: Self.client, meshes: meshes), as: output.output) { _ in
            guard !meshes.isEmpty else { return console.out("Unable to find OSM control plane in the cluster") }
            var table = TextTable("MESH NAME", "MESH NAMESPACE", "VERSION", "GIT COMMIT", "BUILD DATE")
            for mesh in meshes {
                let told = mesh.controller
                let words = [told?.version, told?.gitCommit, told?.buildDate].map { ($0 ?? "Unknown").onOneLine }
                table.append([mesh.name, mesh.namespace] + words)
            }
            console.write("\n\(table)")
        }
        guard meshes.allSatisfy({ $0.controller != nil }) else {
            throw CommandFailure(
                "asking control planes for their versions", because: "not all of them answer",
                advice: "see `osm status`, and which step fails with --verbose")
        }
    }

    private func client(_ console: Console) {
        let client = Self.client
        console.out(
            "CLI Version: version.Info{Version:\"\(client.version)\", GitCommit:\"\(client.gitCommit)\", "
                + "BuildDate:\"\(client.buildDate)\"}")
    }

    private func version(of mesh: InstalledMesh, _ cluster: ClusterConnection) async -> ControllerVersion? {
        do {
            let text = try await cluster.fromController(in: mesh.namespace, "/version")
            return try JSONDecoder().decode(ControllerVersion.self, from: Data(text.utf8))
        } catch {
            cluster.console.debug("\(error)")
            return nil
        }
    }
}

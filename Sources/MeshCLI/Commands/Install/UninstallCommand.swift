internal import ArgumentParser
internal import KubernetesClient
internal import MeshInstallation
internal import MeshModel

/// The command `osm uninstall`.
struct UninstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uninstall", abstract: "Remove a mesh.",
        discussion: """
            EXAMPLES:
              osm uninstall mesh
              osm uninstall mesh --mesh-name osm --force --delete-namespace
            """,
        subcommands: [UninstallMeshCommand.self], aliases: ["delete", "del"])

    @OptionGroup var global: GlobalOptions
}

/// The command `osm uninstall mesh`.
struct UninstallMeshCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mesh", abstract: "Remove a mesh's control plane, and if wanted its namespace and its kinds.",
        discussion: """
            Removes the control plane, what it has made, the settings and roots in its namespace, and the mesh's \
            labels and annotations of namespaces. Policies and kinds stay unless -a is given. Pods keep their sidecars \
            until they are made anew.

            EXAMPLES:
              osm uninstall mesh
              osm uninstall mesh --mesh-name osm --force --delete-namespace
              osm uninstall mesh -f -a --delete-namespace
            """)

    @Option(help: "The mesh's name. (default: each is asked about)")
    var meshName = ""

    @Flag(name: [.short, .long], help: "Do not ask.")
    var force = false

    @Flag(
        name: [.customShort("a"), .long],
        help: "Also remove the kinds of the mesh with all policies, in all namespaces.")
    var deleteClusterWideResources = false

    @Flag(help: "Also remove the control plane's namespace.")
    var deleteNamespace = false

    // Of the original; nothing is asked by a port here.
    @Option(name: [.customShort("p"), .long], help: .hidden)
    var localPort: UInt16 = 9091

    @Option(help: "The Secret with the mesh's root.")
    var caBundleSecretName = "osm-ca-bundle"

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try CommandConfigurationFile.refuseIfManaged("osm uninstall mesh")
        let namespace = try global.controlPlaneNamespace()
        try await global.withCluster("uninstalling") { cluster in
            let planes = try await cluster.meshesAndRests()
            guard let chosen = try choice(of: planes, on: cluster.console) else { return }
            for plane in chosen {
                guard plane.isOurs else {
                    throw CommandFailure(
                        "uninstalling", because: "the control plane \(plane.words) is one of the original",
                        advice: "uninstall it with its own command")
                }
                let removal = InstallationRemoval(
                    cluster: cluster, meshName: plane.name, namespace: plane.namespace)
                let released = try await removal.remove(certificateSecret: caBundleSecretName)
                cluster.console.out("OSM \(plane.words) uninstalled")
                if !released.isEmpty {
                    cluster.console.out(
                        "Pods in [\(released.joined(separator: ", "))] keep their sidecars until they are made anew")
                }
            }
            if deleteClusterWideResources {
                let rest = planes.filter { !chosen.contains($0) }
                for plane in rest { cluster.console.error("OSM \(plane.words) loses its policies") }
            }
            var failed: [String] = []
            if deleteClusterWideResources { failed += try await removeKinds(cluster) }
            if deleteNamespace {
                let places = chosen.isEmpty ? [namespace] : chosen.map(\.namespace)
                for place in places { failed += try await removeNamespace(place, cluster) }
            }
            guard failed.isEmpty else {
                throw CommandFailure(
                    "uninstalling", because: "failed to delete the following: \(failed.joined(separator: ", "))",
                    advice: "see above why, and run the command again")
            }
        }
    }

    /// The meshes to remove; `nil` if nothing is to be done.
    private func choice(of planes: [InstalledMesh], on console: Console) throws -> [InstalledMesh]? {
        guard !planes.isEmpty else {
            console.out("No OSM control planes found")
            // What a mesh has left behind can still be removed.
            return deleteClusterWideResources || deleteNamespace ? [] : nil
        }
        let named = planes.filter { meshName.isEmpty || $0.name == meshName }
        guard !named.isEmpty else {
            console.out("Did not find mesh [\(meshName)]")
            list(planes, on: console)
            return nil
        }
        if force {
            guard named.count == 1 else {
                throw CommandFailure(
                    "uninstalling", because: "there are \(named.count) meshes",
                    advice: "name one with --mesh-name, or leave --force out to be asked about each")
            }
            return named
        }
        list(planes, on: console)
        let chosen = try named.filter { plane in
            try confirm("Uninstall OSM \(plane.words) and/or OSM resources? [y/n]: ", on: console)
        }
        return chosen.isEmpty ? nil : chosen
    }

    private func list(_ planes: [InstalledMesh], on console: Console) {
        console.out("List of meshes present in the cluster:")
        var table = TextTable("MESH NAME", "MESH NAMESPACE")
        for plane in planes { table.append(plane.name, plane.namespace) }
        console.write("\n\(table)\n")
    }

    /// Asks up to three times, as the original does.
    private func confirm(_ question: String, on console: Console) throws -> Bool {
        for _ in 0..<3 {
            switch console.ask(question)?.lowercased() {
            case "y", "yes": return true
            case "n", "no", nil: return false
            default: console.out("Please answer y or n")
            }
        }
        throw CommandFailure("uninstalling", because: "three answers were neither y nor n", advice: "use --force")
    }

    /// Removes all kinds that can be removed.
    ///
    /// - Returns: The others, by their names.
    private func removeKinds(_ cluster: ClusterConnection) async throws -> [String] {
        var failed: [String] = []
        for object in try Installation(InstallationValues(), namespace: "osm-system").kinds() {
            let name = object.reference.name
            do {
                let was = try await cluster.client.delete(.customResourceDefinition, name)
                cluster.console.out(
                    was ? "Successfully deleted OSM CRD: \(name)" : "Ignoring - did not find OSM CRD: \(name)")
            } catch let error as KubernetesError where error.code != .cancelled {
                cluster.console.error("Failed to delete OSM CRD: \(name): \(error.message)")
                failed.append("CRD \(name)")
            }
        }
        return failed
    }

    /// Removes a namespace.
    ///
    /// - Returns: What could not be removed.
    private func removeNamespace(_ namespace: String, _ cluster: ClusterConnection) async throws -> [String] {
        do {
            let was = try await cluster.client.delete(.namespace, ObjectName(namespace: "", name: namespace))
            cluster.console.out(
                was ? "OSM namespace [\(namespace)] deleted successfully" : "OSM namespace [\(namespace)] not found")
            return []
        } catch let error as KubernetesError where error.code != .cancelled {
            cluster.console.error("Failed to delete OSM namespace [\(namespace)]: \(error.message)")
            return ["namespace \(namespace)"]
        }
    }
}

internal import ArgumentParser
internal import MeshInstallation

/// The command `osm mesh upgrade`.
struct MeshUpgradeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade", abstract: "Bring a mesh to this program's version, with its settings kept.",
        discussion: """
            Applies the manifests of this program with the values that the mesh was installed with and those given \
            now, and waits until the mesh is ready. Replicas are replaced one by one, so proxies are served all the \
            time. Of the MeshConfig only the fields whose values are given now change. KEY=null takes a value back.

            EXAMPLES:
              osm mesh upgrade
              osm mesh upgrade --set osm.image.tag=1.1
              osm mesh upgrade --reset-values --set osm.osmController.replicaCount=3
            """)

    @Option(help: "The mesh's name. (default: that of the mesh in the control plane's namespace)")
    var meshName: String?

    @Flag(help: "Forget the values that the mesh was installed with.")
    var resetValues = false

    @Flag(help: "Take the upgrade back if the mesh does not get ready, or if the command is interrupted.")
    var atomic = false

    @OptionGroup var options: ValueOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let namespace = try global.controlPlaneNamespace()
        try CommandConfigurationFile.refuseIfManaged("osm mesh upgrade")
        let given = try options.values()
        let action = "upgrading the mesh in namespace [\(namespace)]"
        try await global.withCluster(action) { cluster in
            let planes = try await cluster.meshes()
            guard let plane = planes.first(where: { $0.namespace == namespace }),
                meshName ?? plane.name == plane.name
            else {
                let places = planes.map { "mesh [\($0.name)] in namespace [\($0.namespace)]" }
                throw CommandFailure(
                    action, because: "there is no mesh\(meshName.map { " [\($0)]" } ?? "") in it",
                    advice: places.isEmpty
                        ? "install one with osm install"
                        : "choose one with --osm-namespace and --mesh-name: \(places.joined(separator: ", "))")
            }
            let former = try await InstallationRecord.read(cluster.client, namespace: namespace)
            let kept = resetValues ? nil : former?.values
            let installation = try Installation.checked(
                try options.values(above: kept ?? InstallationValues()), meshName: plane.name,
                namespace: namespace)
            try InstalledMesh.check(planes, beside: installation)
            if options.dryRun { return try InstallationPrint.manifests(installation, on: cluster.console) }
            for note in given.notes { cluster.console.error(note) }
            let run = InstallationRun(
                action, cluster, installation, given: given, former: former, options: options)
            try await run.perform(undoing: atomic)
            guard run.waits else {
                cluster.console.out(
                    "OSM upgrade applied to mesh [\(plane.name)] in namespace [\(namespace)], and not waited for")
                return try run.tellWhatIsOpen()
            }
            cluster.console.out(
                "OSM successfully upgraded mesh [\(plane.name)] in namespace [\(namespace)]")
        }
    }
}

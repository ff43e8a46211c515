internal import ArgumentParser
internal import MeshInstallation
internal import MeshModel

/// The command `osm install`.
struct InstallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Install a mesh: its kinds, its control plane and its settings.",
        discussion: """
            Applies the manifests of config/default (server-side apply, as the field manager osm), waits until the \
            controller serves and the settings are in effect, and says what to do next. With --atomic an interruption \
            (Ctrl-C, TERM) undoes what was done, and another one ends at once. Run again it changes what was \
            given otherwise, and keeps all other settings; of the MeshConfig it changes only the fields whose values \
            are given this time.

            A value that cannot hold is refused by its name, with the reason. Values are kept in the ConfigMap \
            osm-installation of the control plane's namespace, without tokens.

            EXAMPLES:
              osm install
              osm install --mesh-name shop --osm-namespace shop-system
              osm install --set osm.enablePermissiveTrafficPolicy=false --set osm.osmController.replicaCount=3
              osm install --set osm.image.registry=registry.example.com/osm,osm.image.tag=1.0 --atomic
              osm install --preset production --dry-run > mesh.yaml
            """)

    @Option(help: "The mesh's name. (default: osm)")
    var meshName: String?

    @Option(
        defaultAsFlag: true, parsing: .next,
        help: "Whether no other mesh may be in the cluster: true or false. (default: true)")
    var enforceSingleMesh: Bool?

    @Flag(help: "Undo everything if the mesh does not get ready, or if the command is interrupted.")
    var atomic = false

    @OptionGroup var options: ValueOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let namespace = try global.controlPlaneNamespace()
        try CommandConfigurationFile.refuseIfManaged("osm install")
        let further = enforceSingleMesh.map { ["osm.enforceSingleMesh=\($0)"] } ?? []
        let given = try options.values(further: further)
        if options.dryRun {
            return try InstallationPrint.manifests(
                try Installation.checked(given, meshName: meshName, namespace: namespace), on: global.console)
        }
        var named = meshName
        if named == nil, case .string(let value)? = given.given["osm.meshName"] { named = value }
        let action = "installing mesh [\(named ?? "osm")] in namespace [\(namespace)]"
        try await global.withCluster(action) { cluster in
            let former = try await InstallationRecord.read(cluster.client, namespace: namespace)
            // What was given earlier and now may only together make sense.
            let installation = try Installation.checked(
                try options.values(above: former?.values ?? InstallationValues(), further: further),
                meshName: named ?? former?.meshName, namespace: namespace)
            try InstalledMesh.check(try await cluster.meshes(), beside: installation)
            for note in given.notes { cluster.console.error(note) }
            let run = InstallationRun(
                action, cluster, installation, given: given, former: former, options: options)
            try await run.perform(undoing: atomic)
            try tellEnd(of: run, on: cluster.console)
        }
    }

    private func tellEnd(of run: InstallationRun, on console: Console) throws {
        let (name, namespace) = (run.installation.meshName, run.installation.namespace)
        let mesh = name == "osm" ? "" : " --mesh-name \(name)"
        guard run.waits else {
            console.out("OSM applied in namespace [\(namespace)] with mesh name [\(name)], and not waited for")
            try run.tellWhatIsOpen()
            return console.out("Then: osm namespace add NAMESPACE\(mesh), and make its pods anew.")
        }
        let place = try CommandConfigurationFile.option(forNamespace: namespace)
        console.out("OSM installed successfully in namespace [\(namespace)] with mesh name [\(name)]")
        console.out("Next: osm namespace add NAMESPACE\(mesh), then make its pods anew;")
        console.out("      osm verify control-plane-health\(place) says whether the mesh is well.")
    }
}

extension Installation {
    /// An installation, whose contradictions are the command line's.
    ///
    /// - Throws: ``CommandFailure``.
    static func checked(
        _ values: InstallationValues, meshName: String?, namespace: String
    ) throws -> Installation {
        do {
            return try Installation(values, meshName: meshName, namespace: namespace)
        } catch let error as InstallationError {
            throw CommandFailure(error.description)
        }
    }
}

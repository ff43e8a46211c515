internal import KubernetesClient
internal import MeshInstallation
internal import MeshModel

/// One run of `osm install` or `osm mesh upgrade`: writing, waiting, and undoing what failed.
struct InstallationRun: Sendable {
    /// What is being done, for messages.
    let action: String
    let cluster: ClusterConnection
    let installation: Installation
    /// The values given now.
    let given: InstallationValues
    /// What the cluster had before; `nil` for nothing.
    let former: InstallationRecord?
    /// How long it may take until the mesh is ready.
    let timeout: Duration
    /// Whether it is waited for that the mesh is ready.
    let waits: Bool
    /// Whether fields are taken from who else manages them.
    let isForced: Bool

    /// Writes the installation, and waits until it is ready.
    ///
    /// - Parameter isUndone: Whether a failure or an interruption takes everything back.
    /// - Throws: ``CommandFailure``, `KubernetesError`.
    func perform(undoing isUndone: Bool) async throws {
        let deadline = ContinuousClock.now + timeout
        let written = WrittenObjects()
        guard isUndone else { return try await bring(noting: written, until: deadline) }
        let settings = try await storedSettings()
        do {
            try await Interruption.heeded(by: cluster.console) {
                try await bring(noting: written, until: deadline)
            } undo: { error in
                if !(error is Interruption.Interrupted) { cluster.console.error("undoing what was done: \(error)") }
                do {
                    try await undo(written, settings)
                } catch {
                    throw CommandFailure(
                        "\(action): undoing what was done", because: "\(error)",
                        advice:
                            "see what is left with kubectl get all -n \(installation.namespace), and remove it with "
                            + "osm uninstall mesh --osm-namespace \(installation.namespace)")
                }
            }
        } catch is Interruption.Interrupted {
            throw CommandFailure(action, because: "interrupted; what was done is undone")
        }
    }

    private func bring(noting written: WrittenObjects, until deadline: ContinuousClock.Instant) async throws {
        try await writer(installation, given, former).write(before: deadline, noting: written)
        guard waits else { return }
        try await InstallationWait(cluster: cluster, installation: installation).wait(until: deadline)
    }

    private var settingsName: ObjectName { ObjectName(namespace: installation.namespace, name: "osm-mesh-config") }

    /// The MeshConfig as it is; `nil` where there is none.
    private func storedSettings() async throws -> JSONContent? {
        try await cluster.client.get(APIResource(.meshConfig), settingsName, as: JSONContent.self)
    }

    private func writer(
        _ installation: Installation, _ given: InstallationValues, _ former: InstallationRecord?
    ) -> InstallationWriter {
        InstallationWriter(
            cluster: cluster, installation: installation, given: given, isForced: isForced, former: former)
    }

    /// Removes what was made, the last first, and applies what there was before.
    private func undo(_ written: WrittenObjects, _ settings: JSONContent?) async throws {
        for reference in written.made.reversed() {
            cluster.console.debug("removing \(reference)")
            try await cluster.client.delete(APIResource(reference), reference.name)
        }
        if let settings, let change = Installation.meshConfigChange(undoing: given, of: settings) {
            try await cluster.client.mergePatch(APIResource(.meshConfig), settingsName, body: change)
        }
        guard let former else {
            // The kinds are the mesh's own, whoever made them before.
            let others = written.changed.filter { $0.kind != "CustomResourceDefinition" }
            if !others.isEmpty {
                let names = others.map(\.description).joined(separator: ", ")
                cluster.console.error("not made by osm install, so they keep what was applied to them: \(names)")
            }
            guard written.made.contains(where: { $0.kind == "Deployment" && $0.name.name == "osm-controller" }) else {
                return
            }
            // What the controller has made itself goes, too.
            try await InstallationRemoval(
                cluster: cluster, meshName: installation.meshName, namespace: installation.namespace
            ).removeLeftovers()
            return
        }
        let before = try Installation(
            former.values, meshName: former.meshName, namespace: installation.namespace)
        let current = InstallationRecord(installation, objects: try installation.kinds() + installation.objects())
        // Of the MeshConfig nothing but the above is changed: the rest is its editor's.
        try await writer(before, InstallationValues(), current)
            .write(before: .now + timeout, noting: WrittenObjects())
    }
}

extension InstallationRun {
    /// A run with the options of a command line.
    init(
        _ action: String, _ cluster: ClusterConnection, _ installation: Installation, given: InstallationValues,
        former: InstallationRecord?, options: ValueOptions
    ) {
        self.init(
            action: action, cluster: cluster, installation: installation, given: given, former: former,
            timeout: options.timeout.duration, waits: options.wait, isForced: options.forceConflicts)
    }

    /// Says what is not known where nothing was waited for, and how to find out.
    func tellWhatIsOpen() throws {
        let console = cluster.console
        let namespace = installation.namespace
        let place = try CommandConfigurationFile.option(forNamespace: namespace)
        console.out(
            "It is not known yet whether the controller runs, has registered its webhooks and has put the settings in "
                + "effect. See:")
        console.out("  kubectl rollout status deployment/osm-controller -n \(namespace)")
        console.out("  osm status\(place)")
    }
}

internal import KubernetesClient
internal import MeshInstallation
internal import MeshModel

/// One run of `osm install` or `osm mesh upgrade`: writing, waiting, and undoing what failed.
struct InstallationRun {
    let cluster: ClusterConnection
    let installation: Installation
    /// The values given now.
    let given: InstallationValues
    /// What the cluster had before; `nil` for nothing.
    let former: InstallationRecord?
    let options: ValueOptions

    /// Writes the installation, and waits until it is ready.
    ///
    /// - Parameter isUndone: Whether a failure takes everything back.
    /// - Throws: ``CommandFailure``, `KubernetesError`.
    func perform(undoing isUndone: Bool) async throws {
        let deadline = ContinuousClock.now + options.timeout.duration
        var made: [InstallationObject.Reference] = []
        let settings = isUndone ? try await storedSettings() : nil
        do {
            try await writer(installation, given, former).write(before: deadline) { made.append($0) }
            if options.wait {
                try await InstallationWait(cluster: cluster, installation: installation).wait(until: deadline)
            }
        } catch {
            guard isUndone else { throw error }
            cluster.console.error("undoing what was done: \(error)")
            try await undo(made, settings)
            throw error
        }
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
            cluster: cluster, installation: installation, given: given, isForced: options.forceConflicts,
            former: former)
    }

    /// Removes what was made, the last first, and applies what there was before.
    private func undo(_ made: [InstallationObject.Reference], _ settings: JSONContent?) async throws {
        for reference in made.reversed() {
            cluster.console.debug("removing \(reference)")
            try await cluster.client.delete(APIResource(reference), reference.name)
        }
        if let settings, let change = Installation.meshConfigChange(undoing: given, of: settings) {
            try await cluster.client.mergePatch(APIResource(.meshConfig), settingsName, body: change)
        }
        guard let former else {
            guard made.contains(where: { $0.kind == "Deployment" && $0.name.name == "osm-controller" }) else {
                return cluster.console.error("the mesh was not installed by osm: what was applied to its objects stays")
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
        try await writer(before, InstallationValues(), current).write(before: .now + options.timeout.duration) { _ in }
    }
}

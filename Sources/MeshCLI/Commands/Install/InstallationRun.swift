internal import KubernetesClient
internal import MeshInstallation

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
        do {
            try await writer(installation, former).write(before: deadline) { made.append($0) }
            if options.wait {
                try await InstallationWait(cluster: cluster, installation: installation).wait(until: deadline)
            }
        } catch {
            guard isUndone else { throw error }
            cluster.console.error("undoing what was done: \(error)")
            try await undo(made)
            throw error
        }
    }

    private func writer(_ installation: Installation, _ former: InstallationRecord?) -> InstallationWriter {
        InstallationWriter(
            cluster: cluster, installation: installation, given: given, isForced: options.forceConflicts,
            former: former)
    }

    /// Removes what was made, the last first, and applies what there was before.
    private func undo(_ made: [InstallationObject.Reference]) async throws {
        for reference in made.reversed() {
            cluster.console.debug("removing \(reference)")
            try await cluster.client.delete(APIResource(reference), reference.name)
        }
        guard let former else {
            // What the controller has made itself goes, too, unless it was there before.
            guard made.contains(where: { $0.kind == "Deployment" && $0.name.name == "osm-controller" }) else { return }
            try await InstallationRemoval(
                cluster: cluster, meshName: installation.meshName, namespace: installation.namespace
            ).removeLeftovers(certificateSecret: nil)
            return
        }
        let before = try Installation(
            former.values, meshName: former.meshName, namespace: installation.namespace)
        let current = InstallationRecord(installation, objects: try installation.kinds() + installation.objects())
        let writer = InstallationWriter(
            cluster: cluster, installation: before, given: former.values, isForced: options.forceConflicts,
            former: current)
        try await writer.write(before: .now + options.timeout.duration) { _ in }
    }
}

package import ManifestSource
internal import MeshModel
package import PolicyCompiler

extension ManifestChanges {
    /// The changes of all kinds, each object validated.
    package var tableChanges: [TableChange] {
        func changes<Object: TableObject>(_ changes: [ObjectChange<Object>]) -> [TableChange] {
            changes.map { Object.change(for: $0) }
        }
        return changes(namespaces) + changes(pods) + changes(services) + changes(serviceAccounts)
            + changes(endpointSlices) + changes(meshConfigs) + changes(trafficTargets) + changes(httpRouteGroups)
            + changes(tcpRoutes) + changes(trafficSplits) + changes(egresses) + changes(ingressBackends)
            + changes(retries) + changes(upstreamTrafficSettings) + changes(telemetries) + changes(extensionServices)
    }
}

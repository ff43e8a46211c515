import KubernetesClient
import Logging
import MeshModel
import MeshStatus
import OwnedObjects
import PolicyCompiler
import ServiceLifecycle
import XDSCache

/// What the leader keeps in the cluster, and the election of the leader.
struct OwnedServices {
    let election: LeaderElection
    let services: [any ServiceLifecycle.Service]

    /// The services, none of which has started.
    ///
    /// - Parameters:
    ///   - report: What is to say about every object, in words that stand.
    ///   - namespaces: The namespaces of the mesh now.
    ///   - bundle: What sidecars trust the control plane by, by file name.
    init(
        _ configuration: Operator.Configuration, _ client: KubernetesClient, _ cache: SnapshotCache, logger: Logger,
        report: @escaping @Sendable () -> StatusReport, namespaces: @escaping @Sendable () -> Set<String>,
        bundle: [String: String]
    ) {
        let (statuses, replicas, bundles) = (Pulse(), Pulse(), Pulse())
        let wake: @Sendable () -> Void = {
            statuses.beat()
            replicas.beat()
            bundles.beat()
        }
        cache.observeProgress(wake)
        let namespace = configuration.settings.osmNamespace
        let election = LeaderElection(
            client: client, lease: ObjectName(namespace: namespace, name: "osm-controller"),
            identity: configuration.replica, onChange: { _ in wake() })
        self.election = election
        let isLeader: @Sendable () -> Bool = { election.isLeader }
        services = [
            ElectionService(election: election),
            ReplicaExchange(
                client: client, cache: cache, pulse: replicas, namespace: namespace, replica: configuration.replica,
                meshName: configuration.settings.meshName, isLeader: isLeader, logger: logger),
            TrustBundleWriter(
                client: client, pulse: bundles, files: bundle, isLeader: isLeader, logger: logger,
                namespaces: namespaces),
            UnsupportedKinds(
                client: client, isLeader: isLeader, logger: logger,
                namespaces: { namespaces().union([namespace]) }),
            StatusWriter(
                client: client, pulse: statuses, instance: configuration.replica, isLeader: isLeader, logger: logger,
                report: report),
        ]
    }
}

import ControlLoop
import Injector
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
    ///   - gateway: The certificate of the ingress gateway.
    ///   - webhooks: Beats when the webhooks begin to answer.
    ///   - report: What is to say about every object, in words that stand.
    ///   - configurations: How the webhooks are registered; `nil` as long as they do not answer.
    ///   - bundle: What sidecars have beside the roots of the control plane, by file name.
    init(
        _ configuration: Operator.Configuration, _ client: KubernetesClient, _ cache: SnapshotCache,
        _ directory: WorkloadDirectory, _ trust: ClusterTrust, _ servers: ServerTrust, gateway: GatewayTrust,
        logger: Logger, webhooks: Pulse,
        report: @escaping @Sendable () -> StatusReport,
        configurations: @escaping @Sendable () -> WebhookConfigurations?, bundle: [String: String]
    ) {
        let (statuses, replicas, bundles) = (Pulse(), Pulse(), Pulse())
        let wake: @Sendable () -> Void = {
            statuses.beat()
            replicas.beat()
            bundles.beat()
        }
        let owner = InstallationOwner(client: client, clusterRole: configuration.clusterRole)
        cache.observeProgress(wake)
        let namespace = configuration.settings.osmNamespace
        let election = LeaderElection(
            client: client, lease: ObjectName(namespace: namespace, name: "osm-controller"),
            identity: configuration.replica,
            onChange: { _ in
                wake()
                webhooks.beat()
            })
        self.election = election
        servers.onChange {
            bundles.beat()
            webhooks.beat()
        }
        let isLeader: @Sendable () -> Bool = { election.isLeader }
        services = [
            ElectionService(election: election),
            ReplicaExchange(
                client: client, cache: cache, pulse: replicas, namespace: namespace, replica: configuration.replica,
                meshName: configuration.settings.meshName, trust: trust.reporting, servers: servers.reporting,
                isLeader: isLeader, logger: logger),
            TrustBundleWriter(
                client: client, pulse: bundles, meshName: configuration.settings.meshName,
                files: { bundle.merging([ProxyFiles.authorities: servers.trustedPEM]) { $1 } }, owner: owner,
                isLeader: isLeader, logger: logger, onPass: { servers.bundled($0) },
                places: {
                    directory.meshConfig == nil
                        ? nil : .init(mesh: directory.meshNamespaces, inUse: directory.namespacesWithProxies)
                }),
            WebhookWriter(
                client: client, pulse: webhooks, owner: owner, meshName: configuration.settings.meshName,
                isServed: configuration.webhooks.reach != .none, isLeader: isLeader, logger: logger,
                onKept: { servers.registered($0) }, configurations: configurations),
            GatewayCertificateWriter(
                client: client, meshName: configuration.settings.meshName, namespace: namespace,
                holding: gateway.holding, isLeader: isLeader, logger: logger, gateway.surroundings),
            RootStatusWriter(
                client: client, namespace: namespace, instance: configuration.replica, isLeader: isLeader,
                logger: logger, report: { trust.report }),
            StatusWriter(
                client: client, pulse: statuses, instance: configuration.replica, isLeader: isLeader, logger: logger,
                report: report),
        ]
    }
}

import CertificateAuthority
import ControlLoop
import FoundationEssentials
import Injector
import KubernetesClient
import Logging
import MeshModel
import MeshStatus
import Observability
import OwnedObjects
import PolicyCompiler
import ProxyIdentity
import Reconcilers
import ServiceLifecycle
import Synchronization
import UnixSignals
import XDSCache
import XDSServer

/// The controller as a Kubernetes operator: the objects of an API server in, proxies served, statuses written back.
///
/// It reads as the diagram of the README; there is no logic here, only wiring, in the order of the flow.
struct Operator {
    /// What the controller is told at its start.
    struct Configuration {
        /// The API server.
        var access: ClusterAccess
        /// This replica's name, unique among them.
        var replica: String
        /// Where proxies are served.
        var listen = SocketArgument(host: "0.0.0.0", port: 15128)
        /// Where health and metrics are served.
        var health = SocketArgument(host: "0.0.0.0", port: 9091)
        /// Where status is served to this host; `nil` for nowhere.
        var http: SocketArgument?
        /// What is fixed for the life of the mesh.
        var settings = MeshSettings()
        /// The name of the ClusterRole of this mesh, which owns what is made outside of its namespace.
        var clusterRole = "osm-controller"
        /// The domain of the identities.
        var trustDomain = "cluster.local"
        /// The key of a root that is made at the first start.
        var rootKey = KeyAlgorithm.ecdsaP256
        /// How long a certificate of the servers is valid.
        var servingValidity = ServingCertificate.usualValidity
        /// How long a ConfigMap may take to reach the pods that mount it: the kubelet looks once a minute or so, and may
        /// have read it from a cache as old.
        var bundleDelay = Duration.seconds(150)
        /// The webhooks.
        var webhooks = WebhookConfiguration()
        /// How long the process goes on answering after it was told to stop.
        var farewell = Duration.zero
    }

    let cache = SnapshotCache()
    let directory = WorkloadDirectory()
    let client: KubernetesClient
    private let services: [any ServiceLifecycle.Service]

    /// A controller that has not started.
    ///
    /// - Parameters:
    ///   - metrics: Where the instruments of this process are.
    ///   - logs: How much is logged, which the mesh's configuration changes; `nil` where somebody else says so.
    ///   - onListening: Called with the port once proxies can connect.
    /// - Throws: The error of an access that cannot be used, or `CancellationError`: Secrets of roots are waited for.
    init(
        _ configuration: Configuration, metrics: PrometheusRegistry, logs: LogControl? = nil, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws {
        let settings = configuration.settings
        let client = try KubernetesClient(configuration.access, logger: logger)
        self.client = client
        let serverRoots = ServerRootStore(client: client, namespace: settings.osmNamespace)
        let keptServers = try await ServerTrust.begin(serverRoots, meshName: settings.meshName, logger: logger)
        let issuers = ExternalIssuers(client, namespace: settings.osmNamespace, logger: logger)
        let wishes = RootWishes(
            client: client, namespace: settings.osmNamespace, trustDomain: configuration.trustDomain,
            algorithm: configuration.rootKey, issuers: issuers)
        let store = TrustStateStore(client: client, namespace: settings.osmNamespace)
        let kept = try await ClusterTrust.begin(store, wishes, logger: logger)

        // Sources and reconcilers, one per kind, into one queue that coalesces.
        let isLazy = settings.lazyThreshold != nil
        let queue = ChangeQueue(awaiting: Set(ObjectKind.allCases), awaitsCalls: isLazy)
        let reconcilers: [any ServiceLifecycle.Service] = [
            Reconciler(client.watch(Namespace.self), into: queue),
            Reconciler(client.watch(Pod.self), into: queue),
            Reconciler(client.watch(MeshModel.Service.self), into: queue),
            Reconciler(client.watch(ServiceAccount.self), into: queue),
            Reconciler(client.watch(EndpointSlice.self), into: queue),
            Reconciler(client.watch(MeshConfig.self), into: queue),
            Reconciler(client.watch(TrafficTarget.self), into: queue),
            Reconciler(client.watch(HTTPRouteGroup.self), into: queue),
            Reconciler(client.watch(TCPRoute.self), into: queue),
            Reconciler(client.watch(TrafficSplit.self), into: queue),
            Reconciler(client.watch(Egress.self), into: queue),
            Reconciler(client.watch(IngressBackend.self), into: queue),
            Reconciler(client.watch(Retry.self), into: queue),
            Reconciler(client.watch(UpstreamTrafficSetting.self), into: queue),
            Reconciler(client.watch(Telemetry.self), into: queue),
            Reconciler(client.watch(ExtensionService.self), into: queue),
        ]

        // Who proxies are, and what certificates they get.
        let identity = ClusterIdentity(client, logger: logger)
        let authenticator = TokenAuthenticator(verifier: identity.verifier(PodRegister(directory)))
        let certificates = try await WorkloadCertificates(following: kept.state, wishes, logger: logger)

        // What pods have called, common to all replicas.
        let calls = CallExchange(
            client: client, namespace: settings.osmNamespace, meshName: settings.meshName, logger: logger,
            isElseRead: { queue.awaited.isEmpty },
            onNews: { queue.put(CallNews(remembered: $0, dropped: $1)) },
            onLackOfRoom: { queue.put(CallNews(lacksRoom: true)) }, onRead: { queue.synchronizedCalls() })

        // Tables and queries, translation, the cache.
        let limit = ProxyLimit()
        let status = StatusBoard(cache: cache)
        let leadership = Leadership()
        let gateway = GatewayHolding()
        let trust = ClusterTrust(
            kept, store: store, replica: configuration.replica, queue: queue, cache: cache, certificates: certificates,
            wishes: wishes, gateway: gateway, isStarting: { status.isStarting($0) }, isLeader: { leadership.isHeld },
            logger: logger)
        let loop = ControlLoop(
            queue: queue, cache: cache, directory: directory, status: status, settings: settings,
            trust: TrustBundle(kept.state),
            onMeshConfig: {
                certificates.configure($0.certificate)
                limit.set($0.sidecar.maxDataPlaneConnections)
                logs?.configure($0.observability)
            }, onTrust: trust.published, onCalls: { calls.tell(remembered: $0.remembered, forgotten: $0.dropped) },
            logger: logger)

        // What proxies ask for at a first call goes back to the top.
        cache.observeDemand { queue.put($1, from: AskingPod(name: $0.pod, uid: $0.uid)) }

        // The proxies.
        let isServing = Flag()
        let serving = try keptServers.roots.signing.authority.servingCertificate(
            of: settings, addresses: configuration.webhooks.addresses, validity: configuration.servingValidity,
            logger: logger)
        let servers = try ServerTrust(
            keptServers, store: serverRoots, replica: configuration.replica, cache: cache,
            certificate: serving.certificate, delay: configuration.bundleDelay,
            hasWebhooks: configuration.webhooks.reach != .none, isStarting: { status.isStarting($0) },
            isLeader: { leadership.isHeld }, logger: logger)
        let server = XDSServer(
            configuration: .init(
                host: configuration.listen.host, port: configuration.listen.port,
                certificate: serving.reloader, limit: limit),
            cache: cache, authenticator: authenticator, secrets: WorkloadSecrets(certificates), logger: logger,
            onListening: { port in
                isServing.raise()
                onListening(port)
            })

        // The webhooks.
        let webhooks = Pulse()
        let admission = AdmissionServices(
            configuration.webhooks,
            try await .settings(
                configuration.webhooks, meshName: settings.meshName, osmNamespace: settings.osmNamespace, client),
            directory, certificate: serving.reloader, rootsPEM: { servers.trustedPEM }, logger: logger,
            onListening: { webhooks.beat() })

        // What the leader keeps in the cluster.
        let owned = OwnedServices(
            configuration, client, cache, directory, trust, servers,
            gateway: GatewayTrust(
                holding: gateway, trust: trust, wishes: wishes, directory: directory, status: status,
                meshConfig: settings.meshConfigName),
            logger: logger, webhooks: webhooks,
            report: { status.report(isKept: true) }, configurations: { admission.configurations },
            bundle: try ProxyFiles().contents())
        leadership.follow(owned.election)

        // The people.
        let figures = TrustFigures(trust: trust, gateway: gateway, cache: cache, into: metrics)
        metrics.onScrape { figures.record(controlPlane: servers.ends) }
        let endpoints = OperatorEndpoints(
            configuration, queue: queue, cache: cache, directory: directory, status: status, election: owned.election,
            isServing: { isServing.isRaised }, isAdmitting: { admission.isServing }, metrics: metrics, logger: logger)

        // A service is stopped before those that stand above it: the lease is released once nothing is written any more.
        services =
            [loop] + reconcilers + (isLazy ? [calls] : []) + [identity, serving, issuers, trust, servers]
            + owned.services + [server]
            + admission.services
            + endpoints.services + [Farewell(duration: configuration.farewell)]
    }

    /// Runs until the process is told to stop.
    ///
    /// - Throws: The error of the service that failed.
    func run(logger: Logger, signals: [UnixSignal] = [.sigterm, .sigint]) async throws {
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await ServiceGroup(services: services, gracefulShutdownSignals: signals, logger: logger).run())
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        try result.get()
    }
}

/// Something that happens once.
private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isRaised: Bool { value.load(ordering: .relaxed) }
    func raise() { value.store(true, ordering: .relaxed) }
}

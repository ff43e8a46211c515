import CertificateAuthority
import ControlLoop
import FoundationEssentials
import Logging
import ManifestSource
import MeshModel
import MeshStatus
import Observability
import PolicyCompiler
import ProxyIdentity
import Reconcilers
import ServiceLifecycle
import UnixSignals
import XDSCache
import XDSServer

/// The controller in standalone mode: a directory of manifests in, proxies served.
///
/// It reads as the diagram of the README; there is no logic here, only wiring, in the order of the flow.
struct Controller {
    /// What the controller is told at its start.
    struct Configuration {
        /// The directory of manifests.
        var manifests: String
        /// The directory of what must survive a restart.
        var state: String
        /// The address to serve proxies at.
        var host = "0.0.0.0"
        /// The port to serve proxies at; 0 for any free one.
        var port = 15128
        /// Where status and health are served; `nil` for nowhere.
        var http: SocketArgument?
        /// What is fixed for the life of the mesh.
        var settings = MeshSettings()
        /// The domain of the identities.
        var trustDomain = "cluster.local"
        /// The key of a root that is made at the first start.
        var rootKey = KeyAlgorithm.ecdsaP256
        /// How long a certificate of the server is valid.
        var servingValidity = ServingCertificate.usualValidity
        /// The clock by which certificates are issued and renewed.
        var now: @Sendable () -> Date = { Date() }
    }

    let cache = SnapshotCache()
    let directory = WorkloadDirectory()
    let status: StatusBoard
    let certificates: WorkloadCertificates
    private let services: [any ServiceLifecycle.Service]

    /// A controller that has not started.
    ///
    /// - Parameters:
    ///   - logs: How much is logged, which the mesh's configuration changes; `nil` where somebody else says so.
    ///   - onListening: Called with the port once proxies can connect.
    ///   - onHTTP: Called with the port once status and health are served.
    /// - Throws: The error of a file in the state directory that cannot be read or made.
    init(
        _ configuration: Configuration, logs: LogControl? = nil, logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in },
        onHTTP: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws {
        let state = try StandaloneState(directory: configuration.state, configuration, now: Date())
        let settings = configuration.settings

        // Sources, one stream of events per kind.
        let manifests = ManifestDirectory(path: configuration.manifests, logger: logger)
        let events = manifests.events

        // Reconcilers, one per kind, into one queue that coalesces.
        let queue = ChangeQueue(awaiting: Set(ObjectKind.allCases))
        let reconcilers: [any ServiceLifecycle.Service] = [
            Reconciler(events.namespaces, into: queue),
            Reconciler(events.pods, into: queue),
            Reconciler(events.services, into: queue),
            Reconciler(events.serviceAccounts, into: queue),
            Reconciler(events.endpointSlices, into: queue),
            Reconciler(events.meshConfigs, into: queue),
            Reconciler(events.trafficTargets, into: queue),
            Reconciler(events.httpRouteGroups, into: queue),
            Reconciler(events.tcpRoutes, into: queue),
            Reconciler(events.trafficSplits, into: queue),
            Reconciler(events.egresses, into: queue),
            Reconciler(events.ingressBackends, into: queue),
            Reconciler(events.retries, into: queue),
            Reconciler(events.upstreamTrafficSettings, into: queue),
            Reconciler(events.telemetries, into: queue),
            Reconciler(events.extensionServices, into: queue),
        ]

        // Who proxies are, and what certificates they get.
        let authenticator = TokenAuthenticator(
            verifier: ProxyTokenVerifier(
                issuer: StandaloneTokenIssuer.issuer, keySet: state.tokens, directory: PodRegister(directory)))
        let certificates = WorkloadCertificates(authority: state.root, trustDomain: configuration.trustDomain)
        self.certificates = certificates
        let rotation = RootRotation(
            RootFiles(directory: configuration.state), roots: state.roots, trustDomain: configuration.trustDomain,
            queue: queue, cache: cache, certificates: certificates, areAllPodsKnown: { manifests.isWhole },
            now: configuration.now, logger: logger)

        // Tables and queries, translation, the cache.
        let limit = ProxyLimit()
        let status = StatusBoard(cache: cache, now: configuration.now)
        self.status = status
        let loop = ControlLoop(
            queue: queue, cache: cache, directory: directory, status: status, settings: settings,
            trust: TrustBundle(trustDomains: [configuration.trustDomain], rootsPEM: state.roots.trustedPEM),
            onMeshConfig: {
                certificates.configure($0.certificate)
                limit.set($0.sidecar.maxDataPlaneConnections)
                logs?.configure($0.observability)
            }, onTrust: rotation.published,
            locate: { manifests.location(of: $0, path: $1)?.description }, logger: logger)

        // What proxies ask for at a first call goes back to the top.
        cache.observeDemand { queue.put($1, from: AskingPod(name: $0.pod, uid: $0.uid)) }

        // The proxies.
        let serving = try state.servingCertificate(
            of: settings, validity: configuration.servingValidity, logger: logger)
        let server = XDSServer(
            configuration: .init(
                host: configuration.host, port: configuration.port,
                certificate: serving.reloader, limit: limit),
            cache: cache, authenticator: authenticator, secrets: WorkloadSecrets(certificates, now: configuration.now),
            now: configuration.now, logger: logger, onListening: onListening)

        // The people: what is in effect, object by object.
        let endpoint = configuration.http.map { address in
            HTTPEndpoint(
                host: address.host, port: address.port,
                advice: "free the port, or choose another with --http ADDRESS:PORT, or switch it off with --http none",
                routes: [
                    "/healthz": { .text("ok") },
                    "/status": { .init(type: "application/json", bytes: try status.report().json) },
                ], logger: logger, onListening: onHTTP)
        }

        // A service is stopped before those that stand above it: reconcilers before the source whose end ends them.
        services =
            [loop, manifests] + reconcilers + [rotation, serving, server]
            + (endpoint.map { [$0] } ?? [])
    }

    /// Runs until the process is told to stop.
    ///
    /// - Throws: The error of the service that failed.
    func run(logger: Logger, signals: [UnixSignal] = [.sigterm, .sigint]) async throws {
        try await ServiceGroup(services: services, gracefulShutdownSignals: signals, logger: logger).run()
    }
}

import CertificateAuthority
import Foundation
import Logging
import MeshModel
import Observability
import PolicyCompiler
import ServiceLifecycle
import Synchronization
import TestInstruments
import XDSCache

@testable import XDSServer
@testable import osm_controller

/// A server of a cache that a test fills by hand; whoever names a pod is believed.
struct BareServer {
    let cache: SnapshotCache
    let port: Int
    let rootsPEM: String
    let log: LogRecorder
    let metrics: PrometheusRegistry
    private let services: ServiceGroup
    private let end: End

    /// Whether the server has stopped.
    private final class End: Sendable {
        let isReached = Mutex(false)
    }

    /// Whether it serves nobody any more, and waits for nobody.
    var hasEnded: Bool { end.isReached.withLock(\.self) }

    /// Serves while a body runs, then stops as the controller does.
    static func with(
        patience: Duration = .seconds(60), limit: ProxyLimit = ProxyLimit(), chains: (any ServerChainSource)? = nil,
        secrets: any WorkloadSecretSource = NoSecrets(),
        _ body: @escaping @Sendable (BareServer) async throws -> Void
    ) async throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "osm-bare-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: place) }
        let state = try StandaloneState(
            directory: place.path, Controller.Configuration(manifests: "", state: place.path), now: Date())
        let certificate = try state.servingCertificate(of: MeshSettings(), logger: Logger(label: "test"))
        var configuration = XDSServer.Configuration(
            host: "127.0.0.1", port: 0, certificate: chains ?? certificate.reloader,
            limit: limit)
        configuration.patience = patience
        if chains != nil { configuration.retry = .seconds(1) }
        let (ports, portFound) = AsyncStream.makeStream(of: Int.self)
        let (cache, log) = (SnapshotCache(), LogRecorder())
        let metrics = PrometheusRegistry(MetricCatalogue.descriptions)
        let server = XDSServer(
            configuration: configuration, cache: cache, authenticator: Believer(), secrets: secrets,
            metrics: metrics, logger: log.logger, onListening: { portFound.yield($0) })
        let services = ServiceGroup(services: [server], logger: log.logger)
        let end = End()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await services.run()
                end.isReached.withLock { $0 = true }
            }
            group.addTask {
                guard let port = await ports.first(where: { _ in true }) else { throw CancellationError() }
                let bare = BareServer(
                    cache: cache, port: port, rootsPEM: state.controlPlane.rootPEM, log: log, metrics: metrics,
                    services: services, end: end)
                // Also after a failure: a stop is waited for, and what failed is told.
                let outcome: Result<Void, any Error>
                do { outcome = .success(try await body(bare)) } catch { outcome = .failure(error) }
                await bare.stop()
                try outcome.get()
            }
            try await group.waitForAll()
        }
    }

    /// Begins the shutdown.
    func stop() async { await services.triggerGracefulShutdown() }

    /// A proxy by the name of its pod.
    static func proxy(_ name: String) -> ProxyID { ProxyID(pod: ObjectName(namespace: "n", name: name), uid: name) }

    /// A client that says it is the proxy of a pod.
    func client(_ name: String) -> HostileClient { HostileClient(port: port, rootsPEM: rootsPEM, token: name) }

    /// A cluster of any size; nobody reads it.
    static func cluster(_ name: String, size: Int, _ round: Int) -> Resource {
        Resource(
            key: ResourceKey(ResourceName(.cluster, name)),
            body: Array("\(round) ".utf8) + [UInt8](repeating: 0, count: size))
    }
}

/// Takes the token for the name of the pod.
private struct Believer: ProxyAuthenticator {
    func authenticate(bearerToken: String) async throws -> AuthenticatedProxy {
        AuthenticatedProxy(
            proxy: BareServer.proxy(bearerToken),
            identity: ServiceIdentity(namespace: "n", serviceAccount: bearerToken),
            expiry: .distantFuture)
    }
}

/// Has none.
struct NoSecrets: WorkloadSecretSource {
    struct None: Error {}
    let signer = ""
    func workloadSecret(for proxy: AuthenticatedProxy, currentVersion: String?) throws -> WorkloadSecretOffer {
        throw None()
    }
    func fetchWorkloadSecret(for proxy: AuthenticatedProxy) async -> FetchedWorkloadSecret {
        .unavailable(retryAfter: .seconds(5), reason: "none")
    }
    func withdraw(_ proxy: AuthenticatedProxy) {}
}

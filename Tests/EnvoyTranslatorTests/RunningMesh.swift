import CertificateAuthority
import ControlLoop
import Foundation
import Injector
import Logging
import ManifestSource
import MeshModel
import PolicyCompiler
import ProxyIdentity
import Reconcilers
import ServiceLifecycle
import Synchronization
import TestInstruments
import Testing
import XDSCache
import XDSServer

@testable import osm_controller

/// The control plane in this process, from the queue of changes to the streams of proxies, and the Envoys that it
/// serves.
final class RunningMesh: Sendable {
    let cache = SnapshotCache()
    let certificates: WorkloadCertificates
    let log = LogRecorder()
    private let queue = ChangeQueue(awaiting: [])
    private let workloads = WorkloadDirectory()
    private let settings = MeshSettings()
    private let state: StandaloneState
    private let place: URL
    private let objects = Mutex<[ObjectKey: ManifestObject]>([:])
    private let started = Mutex<[RunningEnvoy]>([])

    /// Runs a control plane without objects while a body runs.
    ///
    /// Whatever Envoys were started are stopped with it.
    static func with(_ body: @escaping @Sendable (RunningMesh) async throws -> Void) async throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "osm-ads-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: place) }
        let mesh = try RunningMesh(place)
        defer { for envoy in mesh.envoys { envoy.stop() } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await mesh.loop.run() }
            group.addTask { try await body(mesh) }
            // The loop runs until it is cancelled.
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private init(_ place: URL) throws {
        self.place = place
        let configuration = Controller.Configuration(manifests: "", state: place.appending(path: "state").path)
        state = try StandaloneState(directory: configuration.state, configuration, now: Date())
        certificates = WorkloadCertificates(authority: state.root, trustDomain: configuration.trustDomain)
    }

    private var loop: ControlLoop {
        ControlLoop(
            queue: queue, cache: cache, directory: workloads, settings: settings,
            trust: TrustBundle(trustDomains: ["cluster.local"], rootsPEM: state.root.rootPEM), logger: log.logger)
    }

    /// Serves proxies while a body runs, which gets the port; then shuts down as the controller does.
    ///
    /// - Parameter port: 0 for any free one.
    func serve(port: Int = 0, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        let serving = try state.servingCertificate(of: settings, logger: Logger(label: "test"))
        let verifier = ProxyTokenVerifier(
            issuer: StandaloneTokenIssuer.issuer, keySet: state.tokens, directory: PodRegister(workloads))
        let (ports, portFound) = AsyncStream.makeStream(of: Int.self)
        let server = XDSServer(
            configuration: .init(
                host: "127.0.0.1", port: port, certificate: serving.reloader),
            cache: cache, authenticator: TokenAuthenticator(verifier: verifier),
            secrets: WorkloadSecrets(certificates), logger: log.logger, onListening: { portFound.yield($0) })
        let services = ServiceGroup(services: [server], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            group.addTask {
                try await body(#require(await ports.first { _ in true }))
                await services.triggerGracefulShutdown()
            }
            for try await _ in group {}
        }
    }

    /// The Envoys that were started.
    var envoys: [RunningEnvoy] { started.withLock(\.self) }

    /// The Envoys whose pods have a view now.
    var servedEnvoys: [RunningEnvoy] {
        let proxies = Set(cache.proxies)
        return envoys.filter { proxies.contains($0.proxy) }
    }

    /// Starts the sidecar of each pod among the objects, as the product's injector and a kubelet would.
    ///
    /// - Parameter wholeSets: Whether the first of them asks for the state of the world; the product's bootstrap asks
    ///   for differences, and that word is exchanged.
    func startEnvoys(of objects: [ManifestObject], port: Int, wholeSets: Bool = false) async throws {
        for case .pod(let pod) in objects {
            let directory = place.appending(path: pod.metadata.uid)
            let files = ProxyFiles(directory: directory.path)
            let accountName = ObjectName(namespace: pod.metadata.namespace, name: pod.serviceAccount)
            let account = try #require(
                objects.map(\.object).first { $0.key == ObjectKey(kind: .serviceAccount, name: accountName) })
            var contents = try files.contents()
            contents[ProxyFiles.authorities] = state.controlPlane.rootPEM
            contents[ProxyFiles.token] = try await state.tokens.issue(
                pod: pod.name, podUID: pod.metadata.uid, serviceAccount: accountName,
                serviceAccountUID: account.metadata.uid, validity: .seconds(3600), now: Date())
            contents["bootstrap.json"] = try Bootstrap(
                settings: BootstrapSettings(
                    nodeID: "\(pod.metadata.uid)/\(pod.metadata.name)",
                    nodeCluster: BootstrapSettings.nodeCluster(of: pod.identity),
                    controllerNamespace: settings.osmNamespace, controllerHost: "127.0.0.1",
                    controllerPort: #require(UInt16(exactly: port)), families: Set(pod.addresses.map(\.family)),
                    files: files)
            ).json
            let variant: ProxyStream.Variant = wholeSets && envoys.isEmpty ? .stateOfTheWorld : .delta
            if variant == .stateOfTheWorld { try Self.sayWholeSets(&contents) }
            try OutputDirectory(path: directory.path).write(contents)
            let envoy = try RunningEnvoy(
                proxy: ProxyID(pod: pod.name, uid: pod.metadata.uid), variant: variant, directory: directory)
            started.withLock { $0.append(envoy) }
        }
        for envoy in envoys { try await envoy.awaitAdministration() }
    }

    private static func sayWholeSets(_ contents: inout [String: String]) throws {
        let bootstrap = try #require(contents["bootstrap.json"])
        try #require(bootstrap.contains("DELTA_GRPC"))
        contents["bootstrap.json"] = bootstrap.replacingOccurrences(of: "DELTA_GRPC", with: "GRPC")
    }

    /// Makes the mesh that of a scenario, and waits until each Envoy with a view has taken up all of it.
    func show(_ scenario: Scenario) async throws {
        let old = cache.proxies.reduce(into: [:]) { $0[$1] = cache.view(of: $1)?.map(\.version) }
        let new = Dictionary(uniqueKeysWithValues: scenario.objects.map { ($0.key, $0) })
        let changes = objects.withLock { objects in
            defer { objects = new }
            return objects.values.filter { new[$0.key] == nil }.map(\.removal)
                + scenario.objects.filter { objects[$0.key] != $0 }.map(\.change)
        }
        guard !changes.isEmpty else { return }
        let revision = cache.revision + 1
        queue.put(changes)
        try await until("\(scenario.name) is published") { self.cache.revision >= revision }
        // A stream is told of a revision only if its view differs.
        let wanted = servedEnvoys.map { envoy in
            (envoy, old[envoy.proxy] != cache.view(of: envoy.proxy)?.map(\.version) ? revision : 1)
        }
        do {
            try await until("\(scenario.name) is acknowledged") {
                wanted.allSatisfy { self.cache.acknowledgedRevision(of: $0.proxy) ?? 0 >= $1 }
            }
        } catch {
            for (envoy, revision) in wanted {
                let acknowledged = cache.acknowledgedRevision(of: envoy.proxy) ?? 0
                guard acknowledged < revision else { continue }
                let dump = try await envoy.dump().differences(
                    from: cache.view(of: envoy.proxy) ?? [], exactly: true, byVersion: envoy.variant == .delta)
                Issue.record(
                    """
                    \(envoy.proxy) (\(envoy.variant)) has acknowledged \(acknowledged) instead of \(revision): \
                    \(dump.joined(separator: "\n")) \(envoy.complaints)
                    \(try await envoy.controlPlaneCounters())
                    Of it was logged: \(log.lines(of: envoy.proxy).suffix(20).joined(separator: "\n"))
                    """)
            }
            throw error
        }
        try await agree("\(scenario.name) is what each Envoy has")
    }

    /// Waits until each Envoy with a view has what is in its view.
    ///
    /// - Parameter exactly: Whether it may have nothing beside.
    func agree(_ what: String, exactly: Bool = false) async throws {
        for envoy in servedEnvoys {
            var differences: [String] = []
            do {
                try await until(what) {
                    let view = self.cache.view(of: envoy.proxy) ?? []
                    differences = try await envoy.dump().differences(
                        from: view, exactly: exactly, byVersion: envoy.variant == .delta)
                    return differences.isEmpty
                }
            } catch {
                let reasons = differences + log.refused().map { "\($0.message) \($0.metadata)" } + [envoy.complaints]
                Issue.record("\(what), but \(envoy.proxy): \(reasons.joined(separator: "\n"))")
                throw error
            }
        }
    }

    /// Waits for a condition, for five minutes at most.
    func until(_ what: String, _ condition: () async throws -> Bool) async throws {
        let limit = ContinuousClock.now + .seconds(300)
        while try await !condition() {
            guard .now < limit else { throw NeverHappened(description: "five minutes passed before \(what)") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    struct NeverHappened: Error, CustomStringConvertible {
        let description: String
    }
}

extension ManifestObject {
    /// The change that takes the object out of the tables.
    fileprivate var removal: TableChange {
        switch self {
        case .namespace(let object): Namespace.change(for: .remove(object.name))
        case .pod(let object): Pod.change(for: .remove(object.name))
        case .service(let object): Service.change(for: .remove(object.name))
        case .serviceAccount(let object): ServiceAccount.change(for: .remove(object.name))
        case .endpointSlice(let object): EndpointSlice.change(for: .remove(object.name))
        case .meshConfig(let object): MeshConfig.change(for: .remove(object.name))
        case .trafficTarget(let object): TrafficTarget.change(for: .remove(object.name))
        case .httpRouteGroup(let object): HTTPRouteGroup.change(for: .remove(object.name))
        case .tcpRoute(let object): TCPRoute.change(for: .remove(object.name))
        case .trafficSplit(let object): TrafficSplit.change(for: .remove(object.name))
        case .egress(let object): Egress.change(for: .remove(object.name))
        case .ingressBackend(let object): IngressBackend.change(for: .remove(object.name))
        case .retry(let object): Retry.change(for: .remove(object.name))
        case .upstreamTrafficSetting(let object): UpstreamTrafficSetting.change(for: .remove(object.name))
        case .telemetry(let object): Telemetry.change(for: .remove(object.name))
        case .extensionService(let object): ExtensionService.change(for: .remove(object.name))
        }
    }
}

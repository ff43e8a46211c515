public import CertificateAuthority
public import KubernetesClient
public import Logging
internal import MeshModel
public import ServiceLifecycle
public import XDSCache

/// Has the leader know how far the proxies of every replica are.
///
/// Each replica that does not lead keeps a ConfigMap beside the Lease, or several where one would get too large; the leader
/// reads them all. The objects survive a change of leader, need no way between the replicas and no credentials but those
/// that the API server checks.
public struct ReplicaExchange: ServiceLifecycle.Service {
    private let client: KubernetesClient
    private let cache: SnapshotCache
    private let pulse: Pulse
    private let objects: ReplicaObjects
    private let trust: TrustReporting
    private let servers: ServerReporting
    private let isLeader: @Sendable () -> Bool
    private let logger: Logger

    private static let interval = Duration.milliseconds(500)
    /// So often the leader reads while nobody has anything to tell it.
    private static let idleInterval = Duration.seconds(5)
    /// A report that is not renewed counts for so long.
    private static let patience = Duration.seconds(15)

    private struct Listed: Decodable {
        struct Metadata: Decodable {
            let name: String
            let resourceVersion: String
        }
        let metadata: Metadata
        let data: [String: String]?
    }

    /// An exchange.
    ///
    /// - Parameters:
    ///   - pulse: Beats whenever what the cache tells of proxies may differ.
    ///   - namespace: The namespace of the controller.
    ///   - replica: This replica's name, unique among them.
    ///   - trust: What is told of the mesh's roots, and who hears it.
    ///   - servers: The same of the root of the control plane's servers.
    public init(
        client: KubernetesClient, cache: SnapshotCache, pulse: Pulse, namespace: String, replica: String,
        meshName: String, trust: TrustReporting, servers: ServerReporting, isLeader: @escaping @Sendable () -> Bool,
        logger: Logger
    ) {
        self.servers = servers
        self.client = client
        self.cache = cache
        self.pulse = pulse
        objects = ReplicaObjects(client: client, namespace: namespace, replica: replica, meshName: meshName)
        self.trust = trust
        self.isLeader = isLeader
        self.logger = logger
    }

    /// What does not work is logged when it begins, not twice a second.
    private struct Trouble {
        private var isOn = false

        /// Whether it has just begun.
        mutating func begin() -> Bool {
            defer { isOn = true }
            return !isOn
        }

        mutating func end() { isOn = false }
    }

    /// Tells or reads until the process shuts down; then this replica's objects are removed.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await pulse.tick(every: Self.interval, always: Self.interval) }
            await exchange()
            group.cancelAll()
        }
    }

    private func exchange() async {
        let clock = ContinuousClock()
        let start = clock.now
        var register = ReplicaRegister(patience: Self.patience)
        var teller = ReplicaTeller(objects)
        var wasLeader = false
        var lastRead: Duration?
        var trouble = Trouble()
        for await _ in pulse.beats.cancelOnGracefulShutdown() {
            let now = clock.now - start
            if isLeader() {
                if !wasLeader { try? await teller.withdraw() }
                let isDue = lastRead.map { now - $0 >= Self.idleInterval } ?? true
                if isDue || !cache.areAllProxiesHere {
                    await read(&register, &trouble, at: now)
                    lastRead = now
                    cache.setProxiesElsewhere(register.proxies(at: now))
                    trust.heard(register.participants(at: now))
                    servers.heard(register.servers(at: now))
                }
            } else {
                lastRead = nil
                if wasLeader {
                    register = ReplicaRegister(patience: Self.patience)
                    cache.setProxiesElsewhere([:])
                }
                await tell(&teller, &trouble, at: now)
            }
            wasLeader = isLeader()
            // What changes meanwhile is told together.
            try? await Task.sleep(for: Self.interval)
        }
        try? await teller.withdraw()
    }

    private func read(_ register: inout ReplicaRegister, _ trouble: inout Trouble, at now: Duration) async {
        do {
            let listed = try await client.list(
                .configMap, namespace: objects.namespace, labelSelector: objects.selector, as: Listed.self)
            let unreadable = register.take(
                listed.filter { !objects.areOwn($0.metadata.name) }.map {
                    ($0.metadata.name, $0.metadata.resourceVersion, $0.data?["proxies"] ?? "")
                }, at: now)
            for name in unreadable {
                logger.warning(
                    "a replica's report cannot be read: its proxies count as not connected",
                    metadata: ["object": "ConfigMap \(objects.namespace)/\(name)"])
            }
            for name in register.abandoned(at: now) {
                _ = try await client.delete(.configMap, ObjectName(namespace: objects.namespace, name: name))
            }
            trouble.end()
        } catch {
            guard trouble.begin() else { return }
            logger.warning(
                "the other replicas' reports cannot be read; it is tried again until they can",
                metadata: ["error": "\(error)"])
        }
    }

    private func tell(_ teller: inout ReplicaTeller, _ trouble: inout Trouble, at now: Duration) async {
        do {
            // Before the proxies: what is told of them may be older than the epoch, never newer.
            let own = trust.own()
            let place = ReplicaReport.Place.head(
                trust: own.map { .init(epoch: $0.epoch, signer: $0.issuer) }, server: servers.own())
            try await teller.tell(cache.connectedProxies(trust: trust.proxy), place, at: now)
            trouble.end()
        } catch {
            guard trouble.begin() else { return }
            logger.warning(
                "the leader cannot be told about the proxies of this replica; it is tried again until it can",
                metadata: ["object": "ConfigMap \(objects.head)", "error": "\(error)"])
        }
    }
}

/// What a replica tells of the mesh's roots, and what the leader does with what others tell.
public struct TrustReporting: Sendable {
    /// The epoch that this replica follows and the root that signs here; `nil` before it follows any.
    public var own: @Sendable () -> TrustObservation.Participant?
    /// What a proxy of this replica trusts.
    public var proxy: @Sendable (ProxyProgress) -> ProxyTrust?
    /// Called by the leader with what the other replicas say.
    public var heard: @Sendable ([TrustObservation.Participant]) -> Void

    /// What is told and heard.
    public init(
        own: @escaping @Sendable () -> TrustObservation.Participant?,
        proxy: @escaping @Sendable (ProxyProgress) -> ProxyTrust?,
        heard: @escaping @Sendable ([TrustObservation.Participant]) -> Void
    ) {
        self.own = own
        self.proxy = proxy
        self.heard = heard
    }
}

/// What a replica tells of its servers' certificates, and what the leader does with what others tell.
public struct ServerReporting: Sendable {
    /// The root that signed what this replica's servers show to who connects now.
    public var own: @Sendable () -> String
    /// Called by the leader with the same of the other replicas, by name; `nil` for one that does not tell.
    public var heard: @Sendable ([String: String?]) -> Void

    /// What is told and heard.
    public init(own: @escaping @Sendable () -> String, heard: @escaping @Sendable ([String: String?]) -> Void) {
        self.own = own
        self.heard = heard
    }
}

extension ReplicaExchange: CustomStringConvertible {
    /// What logs of the process call it.
    public var description: String { "exchange between replicas" }
}

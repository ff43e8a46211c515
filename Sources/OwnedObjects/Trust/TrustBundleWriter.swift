public import KubernetesClient
public import Logging
internal import MeshModel
public import ServiceLifecycle

/// Keeps the ConfigMap `osm-ca-bundle` in every namespace of the mesh, while this replica leads: what sidecars trust
/// the control plane by.
///
/// A namespace that leaves the mesh keeps its ConfigMap, since pods that still run there mount it.
public struct TrustBundleWriter: ServiceLifecycle.Service {
    /// The name of the ConfigMap.
    public static let name = "osm-ca-bundle"

    private let client: KubernetesClient
    private let pulse: Pulse
    private let files: [String: String]
    private let namespaces: @Sendable () -> Set<String>
    private let isLeader: @Sendable () -> Bool
    private let logger: Logger

    private static let retry = Duration.seconds(2)
    /// After a failure a namespace is left alone for so long.
    private static let pause = Duration.seconds(10)
    /// What somebody deletes or overwrites is set right within this time.
    private static let resync = Duration.seconds(60)

    private struct Body: Encodable {
        struct Metadata: Encodable {
            let name: String
            let namespace: String
            let labels = ["app.kubernetes.io/name": "openservicemesh.io"]
        }
        let apiVersion = "v1"
        let kind = "ConfigMap"
        let metadata: Metadata
        let data: [String: String]
    }

    /// A writer.
    ///
    /// - Parameters:
    ///   - pulse: Beats whenever the namespaces may differ, or leadership changed.
    ///   - files: What the ConfigMap holds, by file name.
    ///   - namespaces: The namespaces of the mesh now.
    public init(
        client: KubernetesClient, pulse: Pulse, files: [String: String], isLeader: @escaping @Sendable () -> Bool,
        logger: Logger, namespaces: @escaping @Sendable () -> Set<String>
    ) {
        self.client = client
        self.pulse = pulse
        self.files = files
        self.namespaces = namespaces
        self.isLeader = isLeader
        self.logger = logger
    }

    /// Writes until the process shuts down.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await pulse.tick(every: Self.retry, always: Self.retry) }
            await write()
            group.cancelAll()
        }
    }

    private func write() async {
        let clock = ContinuousClock()
        var written: [String: ContinuousClock.Instant] = [:]
        var tried: [String: ContinuousClock.Instant] = [:]
        for await _ in pulse.beats.cancelOnGracefulShutdown() {
            guard isLeader() else {
                written = [:]
                continue
            }
            let wanted = namespaces()
            written = written.filter { wanted.contains($0.key) }
            tried = tried.filter { wanted.contains($0.key) }
            for namespace in wanted.sorted() where written[namespace].map({ clock.now - $0 > Self.resync }) ?? true {
                // A namespace that is being deleted refuses each time.
                if let last = tried[namespace], clock.now - last < Self.pause { continue }
                guard isLeader(), !Task.isShuttingDownGracefully else { break }
                do {
                    tried[namespace] = clock.now
                    try await client.apply(
                        .configMap, ObjectName(namespace: namespace, name: Self.name), subresource: nil,
                        body: Body(metadata: .init(name: Self.name, namespace: namespace), data: files),
                        fieldManager: EventRecorder.component, force: true)
                    written[namespace] = clock.now
                    tried[namespace] = nil
                } catch {
                    logger.warning(
                        "the certificates of the control plane cannot be written: new pods there get no configuration",
                        metadata: ["object": "ConfigMap \(namespace)/\(Self.name)", "error": "\(error)"])
                }
            }
        }
    }
}

extension TrustBundleWriter: CustomStringConvertible {
    /// What logs of the process call it.
    public var description: String { "trust bundle writer" }
}

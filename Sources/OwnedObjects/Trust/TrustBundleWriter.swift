public import KubernetesClient
public import Logging
internal import MeshModel
public import ServiceLifecycle

/// Keeps the ConfigMap `osm-ca-bundle` in every namespace of the mesh, while this replica leads: what sidecars trust
/// the control plane by.
///
/// What somebody edits or deletes is set right within seconds. A namespace that leaves the mesh loses its ConfigMap once
/// no pod there mounts it any more, since a pod whose node restarts needs it again.
public struct TrustBundleWriter: ServiceLifecycle.Service {
    /// The name of the ConfigMap.
    public static let name = "osm-ca-bundle"

    /// Where the ConfigMap belongs.
    public struct Places: Equatable, Sendable {
        /// The namespaces of the mesh.
        public var mesh: Set<String>
        /// The namespaces in which pods mount the ConfigMap.
        public var inUse: Set<String>

        /// Places.
        public init(mesh: Set<String>, inUse: Set<String>) {
            self.mesh = mesh
            self.inUse = inUse
        }
    }

    /// What a look at all ConfigMaps found.
    public struct Pass: Equatable, Sendable {
        /// What they are to hold, by file name.
        public var files: [String: String]
        /// The namespaces whose ConfigMap does not hold that yet, sorted; but for those that are being deleted.
        public var missing: [String]

        /// What was found.
        public init(files: [String: String], missing: [String]) {
            self.files = files
            self.missing = missing
        }
    }

    private let client: KubernetesClient
    private let pulse: Pulse
    private let meshName: String
    private let files: @Sendable () -> [String: String]
    private let onPass: @Sendable (Pass) -> Void
    private let owner: InstallationOwner
    private let places: @Sendable () -> Places?
    private let isLeader: @Sendable () -> Bool
    private let logger: Logger

    /// What somebody deletes or overwrites is set right within this time.
    private static let interval = Duration.seconds(3)
    /// After a failure a namespace is left alone for so long.
    private static let pause = Duration.seconds(10)
    private static let labels = (name: "app.kubernetes.io/name", mesh: "app.kubernetes.io/instance")
    private static let project = "openservicemesh.io"

    private struct Stored: Decodable {
        struct Metadata: Decodable {
            let namespace: String
            let labels: [String: String]?
        }
        let metadata: Metadata
        let content: JSONContent

        /// Whether it says what it is to say; the items of a list do not say of which kind they are.
        func holds(_ wanted: JSONContent) -> Bool {
            guard case .object(var members) = wanted else { return false }
            (members["apiVersion"], members["kind"]) = (nil, nil)
            return content.covers(.object(members))
        }

        private enum Key: String, CodingKey { case metadata }

        init(from decoder: any Decoder) throws {
            metadata = try decoder.container(keyedBy: Key.self).decode(Metadata.self, forKey: .metadata)
            content = try JSONContent(from: decoder)
        }
    }

    /// A writer.
    ///
    /// - Parameters:
    ///   - pulse: Beats whenever the namespaces may differ, or leadership changed.
    ///   - meshName: Whose ConfigMaps they are: those of another mesh are left alone.
    ///   - files: What the ConfigMap holds at this moment, by file name.
    ///   - onPass: Called after each look at all ConfigMaps.
    ///   - places: Where it belongs; `nil` as long as that is not known.
    public init(
        client: KubernetesClient, pulse: Pulse, meshName: String, files: @escaping @Sendable () -> [String: String],
        owner: InstallationOwner, isLeader: @escaping @Sendable () -> Bool, logger: Logger,
        onPass: @escaping @Sendable (Pass) -> Void, places: @escaping @Sendable () -> Places?
    ) {
        self.onPass = onPass
        self.client = client
        self.pulse = pulse
        self.meshName = meshName
        self.files = files
        self.owner = owner
        self.places = places
        self.isLeader = isLeader
        self.logger = logger
    }

    /// Writes until the process shuts down.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await pulse.tick(every: Self.interval, always: Self.interval) }
            await write()
            group.cancelAll()
        }
    }

    private func write() async {
        let clock = ContinuousClock()
        var failed: [String: ContinuousClock.Instant] = [:]
        // Nothing can be made there any more, and no pod begins there.
        var ending: Set<String> = []
        // What was written a moment ago may not be in the API server's cache yet.
        var written: [String: ContinuousClock.Instant] = [:]
        var complaint: String?
        for await _ in pulse.beats.cancelOnGracefulShutdown() {
            guard isLeader(), let places = places() else { continue }
            ending.formIntersection(places.mesh)
            failed = failed.filter { places.mesh.contains($0.key) && clock.now - $0.value < Self.pause }
            written = written.filter { places.mesh.contains($0.key) && clock.now - $0.value < Self.interval }
            let files = files()
            let stored: [String: Stored]
            let reference: JSONContent?
            do {
                switch try await owner.answer() {
                case .present(let present): reference = present
                case .absent: reference = nil
                case .removed: continue
                }
                let objects = try await client.list(.configMap, named: Self.name, as: Stored.self)
                stored = Dictionary(objects.map { ($0.metadata.namespace, $0) }) { $1 }
                complaint = nil
            } catch {
                // Said once: it is tried again all the time.
                if complaint != "\(error)" { complain("all namespaces", error) }
                complaint = "\(error)"
                continue
            }
            var pass = Pass(files: files, missing: [])
            for namespace in places.mesh.sorted() {
                guard stored[namespace]?.holds(body(in: namespace, owner: reference, files)) != true else { continue }
                if !ending.contains(namespace) { pass.missing.append(namespace) }
            }
            onPass(pass)
            for namespace in places.mesh.sorted() where failed[namespace] == nil && written[namespace] == nil {
                let wanted = body(in: namespace, owner: reference, files)
                guard stored[namespace]?.holds(wanted) != true else { continue }
                guard isLeader(), !Task.isShuttingDownGracefully else { break }
                do {
                    try await client.apply(
                        .configMap, ObjectName(namespace: namespace, name: Self.name), body: wanted,
                        fieldManager: EventRecorder.component, force: true)
                    written[namespace] = clock.now
                    ending.remove(namespace)
                } catch let error as KubernetesError where error.code == .invalid && stored[namespace] != nil {
                    // Somebody made it immutable: it is made anew at the next beat.
                    await remove(from: [namespace])
                } catch {
                    failed[namespace] = clock.now
                    if Self.isEnding(error) {
                        // It may be on its way for hours: said once.
                        guard ending.insert(namespace).inserted else { continue }
                        logger.info(
                            "a namespace is being deleted: no certificates of the control plane are kept there any more",
                            metadata: ["namespace": "\(namespace)"])
                    } else {
                        ending.remove(namespace)
                        complain(namespace, error)
                    }
                }
            }
            let rest = stored.values.filter { isOurs($0) }.map(\.metadata.namespace)
            await remove(from: Set(rest).subtracting(places.mesh).subtracting(places.inUse))
        }
    }

    /// Whether a namespace refused something new because it is being deleted: the API server says so in words alone.
    private static func isEnding(_ error: any Error) -> Bool {
        guard let error = error as? KubernetesError, error.code == .forbidden else { return false }
        return error.message.contains("is being terminated")
    }

    private func isOurs(_ object: Stored) -> Bool {
        object.metadata.labels?[Self.labels.name] == Self.project
            && object.metadata.labels?[Self.labels.mesh] == meshName
    }

    private func remove(from namespaces: Set<String>) async {
        for namespace in namespaces.sorted() {
            do {
                try await client.delete(.configMap, ObjectName(namespace: namespace, name: Self.name))
            } catch {
                complain(namespace, error)
            }
        }
    }

    private func body(in namespace: String, owner: JSONContent?, _ files: [String: String]) -> JSONContent {
        var metadata: [String: JSONContent] = [
            "name": .string(Self.name), "namespace": .string(namespace),
            "labels": [Self.labels.name: .string(Self.project), Self.labels.mesh: .string(meshName)],
        ]
        if let owner { metadata["ownerReferences"] = [owner] }
        return [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": .object(metadata),
            "data": .object(files.mapValues { .string($0) }),
        ]
    }

    private func complain(_ namespace: String, _ error: any Error) {
        logger.warning(
            "the certificates of the control plane cannot be kept: new pods there may get no configuration",
            metadata: ["object": "ConfigMap \(namespace)/\(Self.name)", "error": "\(error)"])
    }
}

extension TrustBundleWriter: CustomStringConvertible {
    /// What logs of the process call it.
    public var description: String { "trust bundle writer" }
}

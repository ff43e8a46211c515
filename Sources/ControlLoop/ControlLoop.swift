public import Logging
public import MeshModel
internal import MeshStatus
public import PolicyCompiler
public import Reconcilers
public import ServiceLifecycle
public import XDSCache

/// Takes batches of changes, brings the graph up to date, translates what differs and publishes it.
///
/// An idle loop takes a change at once; while a batch is processed the next one gathers.
public struct ControlLoop: ServiceLifecycle.Service {
    private let queue: ChangeQueue
    private let cache: SnapshotCache
    private let directory: WorkloadDirectory
    private let status: StatusBoard?
    private let settings: MeshSettings
    private let trust: TrustBundle
    private let onMeshConfig: @Sendable (MeshConfig) -> Void
    private let onTrust: @Sendable (TrustBundle, Revision) -> Void
    private let onCalls: @Sendable (CallNews) -> Void
    private let locate: @Sendable (ObjectKey, String) -> String?
    private let logger: Logger
    private let figures = CompileFigures()

    /// A loop from `queue` to `cache`.
    ///
    /// - Parameters:
    ///   - status: Told of each publication; `nil` where nobody asks.
    ///   - onMeshConfig: Called with the mesh's configuration each time it was edited, for those who do not read it by
    ///     queries; with zero values where it is gone, defaults for its invalid fields.
    ///   - onTrust: Called with each trust bundle that came through the queue, and the revision that published it.
    ///   - onCalls: Called with what is remembered of the calls of identities, where that is new, and with what is
    ///     forgotten, for those who keep it.
    ///   - locate: Where the author of an object finds the field at a path, for messages about it.
    public init(
        queue: ChangeQueue, cache: SnapshotCache, directory: WorkloadDirectory, status: StatusBoard? = nil,
        settings: MeshSettings, trust: TrustBundle, onMeshConfig: @escaping @Sendable (MeshConfig) -> Void = { _ in },
        onTrust: @escaping @Sendable (TrustBundle, Revision) -> Void = { _, _ in },
        onCalls: @escaping @Sendable (CallNews) -> Void = { _ in },
        locate: @escaping @Sendable (ObjectKey, String) -> String? = { _, _ in nil }, logger: Logger
    ) {
        self.queue = queue
        self.cache = cache
        self.directory = directory
        self.status = status
        self.settings = settings
        self.trust = trust
        self.onMeshConfig = onMeshConfig
        self.onTrust = onTrust
        self.onCalls = onCalls
        self.locate = locate
        self.logger = logger
    }

    /// Runs until the queue ends or the process shuts down.
    public func run() async {
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await process()
            } onGracefulShutdown: {
                queue.finish()
            }
        } onCancel: {
            queue.finish()
        }
    }

    private func process() async {
        let graph = PolicyGraph(settings: settings, trust: trust)
        var translation = Translation()
        var report = DiagnosisReport()
        var hasMeshConfig: Bool?
        let begin = ContinuousClock.now
        while let taken = await queue.next() {
            // What a source tells again, as it does when a status was written, is no change.
            let batch = taken.changes.filter(graph.differs)
            guard
                !batch.isEmpty || taken.trust != nil || !taken.calls.isEmpty || !taken.demands.isEmpty
                    || cache.revision == 0
            else { continue }
            if let bundle = taken.trust { graph.apply(bundle) }
            noteMeshConfig(batch, &hasMeshConfig)
            let start = ContinuousClock.now
            let evaluations = graph.evaluations
            let (difference, made, translated) = await translation.publication(
                applying: batch, demands: taken.demands, calls: taken.calls, at: begin.duration(to: start), to: graph)
            let calls = CallNews(
                remembered: difference.demands.mapValues(\.ports).filter { !$0.value.isEmpty },
                dropped: difference.forgotten)
            if !calls.isEmpty { onCalls(calls) }
            var publication = made
            for (pod, addresses) in taken.demands {
                publication.answered[ProxyID(pod: pod.name, uid: pod.uid)] = addresses
            }
            let revision = cache.publish(publication)
            let statuses = status?.apply(StatusChange(batch, difference), at: revision) ?? 0
            // After the cache, so that a proxy that is let in finds its view.
            directory.apply(batch, settings)
            if let bundle = taken.trust { onTrust(bundle, revision) }
            figures.published(
                evaluations: graph.evaluations - evaluations, resources: publication.resources.count, since: start)
            for line in report.lines(for: difference.diagnoses) {
                var metadata = line.metadata
                metadata["location"] = locate(line.object, line.problem.path).map { "\($0)" }
                logger.warning("object has a problem", metadata: metadata)
            }
            logger.info(
                "batch published",
                metadata: [
                    "batch.changes": "\(batch.count)", "batch.revision": "\(revision)",
                    "batch.evaluations": "\(graph.evaluations - evaluations)",
                    "batch.translated": "\(translated)", "batch.resources": "\(publication.resources.count)",
                    "batch.removed": "\(publication.removed.count)", "batch.layers": "\(publication.layers.count)",
                    "batch.proxies": "\(publication.proxies.count)", "batch.statuses": "\(statuses)",
                ])
        }
    }
}

extension ControlLoop {
    /// Hands on an edit of the mesh's configuration, and says where there is none.
    private func noteMeshConfig(_ batch: [TableChange], _ exists: inout Bool?) {
        let before = exists
        for case .meshConfig(settings.meshConfigName, let row) in batch {
            let config = row?.object.inEffect ?? .absent
            onMeshConfig(config)
            figures.configured(config.featureFlags)
            exists = row != nil
        }
        if before != false, exists != true {
            exists = false
            logger.warning(
                "there is no MeshConfig: permissive mode and egress are off, all else has its default, until there is one",
                metadata: ["object": "MeshConfig \(settings.meshConfigName)"])
        }
    }
}

extension ControlLoop: CustomStringConvertible {
    /// What logs of the process call it.
    public var description: String { "control loop" }
}

import ControlLoop
public import PolicyCompiler
public import XDSCache

/// A mesh on its way from changes of objects to the cache: what the control loop does with a batch, with each step
/// counted and timed.
public final class CompiledMesh {
    /// What a batch cost.
    public struct Cost: Equatable, Sendable {
        /// How many queries were evaluated.
        public var evaluations = 0
        /// How many derived values were translated.
        public var translated = 0
        /// How many resources were published because they, or the objects that shaped them, differ.
        public var published = 0
        /// The bytes of those whose bytes differ: what a proxy that sees them all is sent.
        public var bytes = 0

        /// A cost.
        public init(evaluations: Int = 0, translated: Int = 0, published: Int = 0, bytes: Int = 0) {
            self.evaluations = evaluations
            self.translated = translated
            self.published = published
            self.bytes = bytes
        }

        /// The counts by name.
        public static var counts: [(name: String, path: WritableKeyPath<Cost, Int>)] {
            [
                ("evaluations", \.evaluations), ("translated", \.translated), ("published", \.published),
                ("bytes", \.bytes),
            ]
        }
    }

    /// How long the steps took.
    public struct Times: Sendable {
        /// Tables and queries.
        public var graph = Duration.zero
        /// From derived values to bytes.
        public var translation = Duration.zero
        /// Into the cache.
        public var publication = Duration.zero
        /// All of them.
        public var total: Duration { graph + translation + publication }
    }

    /// What proxies see.
    public let cache = SnapshotCache()
    private let graph = PolicyGraph(
        settings: MeshSettings(), trust: TrustBundle(trustDomains: ["cluster.local"], rootsPEM: "PEM"))
    private var translation = Translation()
    private var versions: [ResourceKey: String] = [:]
    /// How many resources the cache holds.
    public var resources: Int { versions.count }
    /// How many values and index buckets the graph holds.
    public var nodes: Int { graph.nodeCount }
    /// The sum of the bytes of all resources.
    public private(set) var bytes = 0
    private var sizes: [ResourceKey: Int] = [:]

    /// An empty mesh.
    public init() {}

    /// Takes up a batch.
    public func apply(_ changes: [TableChange]) async -> (cost: Cost, times: Times) {
        var cost = Cost()
        var times = Times()
        let clock = ContinuousClock()
        let evaluations = graph.evaluations
        let start = clock.now
        let difference = graph.apply(changes)
        let derived = clock.now
        let (publication, translated) = await translation.publication(of: difference)
        let translatedAt = clock.now
        cache.publish(publication)
        times.graph = start.duration(to: derived)
        times.translation = derived.duration(to: translatedAt)
        times.publication = translatedAt.duration(to: clock.now)
        cost.evaluations = graph.evaluations - evaluations
        cost.translated = translated
        cost.published = publication.resources.count
        for resource in publication.resources {
            let size = resource.body.count
            bytes += size - (sizes.updateValue(size, forKey: resource.key) ?? 0)
            if versions.updateValue(resource.version, forKey: resource.key) != resource.version { cost.bytes += size }
        }
        for key in publication.removed {
            versions[key] = nil
            bytes -= sizes.removeValue(forKey: key) ?? 0
        }
        return (cost, times)
    }
}

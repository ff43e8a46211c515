internal import EnvoyTranslator
internal import MeshModel
internal import PolicyCompiler
package import XDSCache

/// Turns what changed in the graph into what changes in the cache.
///
/// Remembers only names and versions; the bytes live in the cache.
package struct Translation {
    private var keys: [DerivedResource: [ResourceKey]] = [:]
    private var versions: [ResourceKey: Version] = [:]
    private var layers: [ViewLayer.Key: [DerivedResource]] = [:]
    private var holders: [DerivedResource: Set<ViewLayer.Key>] = [:]
    private var proxies: [ObjectName: ProxyID] = [:]

    private struct Version: Equatable {
        let version: String
        let origins: [Origin]
    }

    /// Nothing was translated yet.
    package init() {}

    /// A derived value and what it becomes.
    private typealias Translated = (DerivedResource, [Resource])

    /// Puts a batch into a graph, and translates what it makes different.
    ///
    /// Translation is pure and of one value at a time, so child tasks do it while the graph computes the next values.
    package mutating func publication(
        applying batch: [TableChange], demands: [AskingPod: Set<SocketAddress>], to graph: PolicyGraph
    ) async -> (PolicyGraph.Difference, Publication, translated: Int) {
        let (difference, early) = await withTaskGroup(of: [Translated].self) { group in
            let difference = graph.apply(batch, demands: demands) { values in
                group.addTask { values.map { ($0, $1.resources()) } }
            }
            var early: [DerivedResource: [Resource]] = [:]
            for await part in group {
                for (resource, resources) in part { early[resource] = resources }
            }
            return (difference, early)
        }
        let (publication, translated) = await publication(of: difference, early)
        return (difference, publication, translated)
    }

    /// The publication that a difference makes, and how many derived values were translated for it.
    package mutating func publication(
        of difference: PolicyGraph.Difference
    ) async -> (Publication, translated: Int) {
        await publication(of: difference, [:])
    }

    private mutating func publication(
        of difference: PolicyGraph.Difference, _ early: [DerivedResource: [Resource]]
    ) async -> (Publication, translated: Int) {
        var publication = Publication()
        var changed: Set<ViewLayer.Key> = []
        for (key, content) in difference.layers {
            setLayer(content, key)
            changed.insert(key)
        }
        var translated = 0
        var late: [(DerivedResource, DerivedValue)] = []
        for (resource, value) in difference.resources {
            guard let value else { continue }
            translated += 1
            if let resources = early[resource] {
                set(resources, for: resource, &publication, &changed)
            } else {
                late.append((resource, value))
            }
        }
        for (resource, resources) in await Self.translate(late) {
            set(resources, for: resource, &publication, &changed)
        }
        for (resource, value) in difference.resources where value == nil {
            set([], for: resource, &publication, &changed)
        }
        for key in changed {
            publication.layers[key.layerID] = .some(
                layers[key].map { content in
                    content.flatMap { keys[$0] ?? [] }.sorted()
                })
        }
        setProxies(difference.views, &publication)
        publication.resources.sort { $0.key < $1.key }
        publication.removed.sort()
        return (publication, translated)
    }

    private mutating func setLayer(_ content: [DerivedResource]?, _ key: ViewLayer.Key) {
        let changes = ListDifference(from: layers[key] ?? [], to: content ?? [])
        for resource in changes.removed {
            holders[resource]?.remove(key)
            if holders[resource]?.isEmpty == true { holders[resource] = nil }
        }
        layers[key] = content
        for resource in changes.added { holders[resource, default: []].insert(key) }
    }

    private mutating func set(
        _ resources: [Resource], for derived: DerivedResource, _ publication: inout Publication,
        _ changed: inout Set<ViewLayer.Key>
    ) {
        let old = keys[derived] ?? []
        let new = resources.map(\.key)
        keys[derived] = resources.isEmpty ? nil : new
        if old != new { changed.formUnion(holders[derived] ?? []) }
        for resource in resources {
            let version = Version(version: resource.version, origins: resource.origins)
            guard versions[resource.key] != version else { continue }
            versions[resource.key] = version
            publication.resources.append(resource)
        }
        for key in Set(old).subtracting(new) {
            versions[key] = nil
            publication.removed.append(key)
        }
    }

    private mutating func setProxies(_ views: [ObjectName: PodView.View?], _ publication: inout Publication) {
        for (pod, view) in views {
            let new = view.map { ProxyID(pod: pod, uid: $0.uid) }
            if let old = proxies[pod], old != new { publication.proxies[old] = .some(nil) }
            proxies[pod] = new
            if let new, let view {
                publication.proxies[new] = view.layers.map(\.layerID)
                publication.identities[new] = view.identity
            }
        }
    }

    /// Below this many values child tasks cost more than they save.
    private static let parallelThreshold = 64

    private static func translate(
        _ values: [(DerivedResource, DerivedValue)]
    ) async -> [Translated] {
        guard values.count >= parallelThreshold else { return values.map { ($0, $1.resources()) } }
        let slice = parallelThreshold
        return await withTaskGroup(of: [Translated].self) { group in
            for start in stride(from: 0, to: values.count, by: slice) {
                let part = Array(values[start..<min(start + slice, values.count)])
                group.addTask { part.map { ($0, $1.resources()) } }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }
}

extension ViewLayer.Key {
    /// The layer's name in the cache.
    var layerID: LayerID { LayerID(description) }
}

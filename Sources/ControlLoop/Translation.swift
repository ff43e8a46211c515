internal import EnvoyTranslator
package import MeshModel
package import PolicyCompiler
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
    ///
    /// - Returns: What the batch made different, the publication of that, and how many derived values were translated.
    package mutating func publication(
        applying batch: [TableChange], demands: [AskingPod: Set<SocketAddress>], calls: CallNews = CallNews(),
        at now: Duration = .zero, to graph: PolicyGraph
    ) async -> (PolicyGraph.Difference, Publication, translated: Int) {
        let (difference, parts) = await withTaskGroup(of: [Translated].self) { group in
            var parts: [[Translated]] = []
            let difference = graph.apply(batch, demands: demands, calls: calls, at: now) { values in
                if values.count < PolicyGraph.handedOver {
                    parts.append(values.map { ($0, $1.resources()) })
                } else {
                    group.addTask { values.map { ($0, $1.resources()) } }
                }
            }
            for await part in group { parts.append(part) }
            return (difference, parts)
        }
        return (
            difference, publication(of: difference, parts),
            translated: difference.resources.values.count { $0 != nil }
        )
    }

    /// The publication that a difference makes, and how many derived values were translated for it.
    package mutating func publication(
        of difference: PolicyGraph.Difference
    ) async -> (Publication, translated: Int) {
        let present = difference.resources.compactMap { resource, value in value.map { (resource, $0) } }
        let size = PolicyGraph.handedOver
        let parts = await withTaskGroup(of: [Translated].self) { group in
            for start in stride(from: 0, to: present.count, by: size) {
                let part = Array(present[start..<min(start + size, present.count)])
                group.addTask { part.map { ($0, $1.resources()) } }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        return (publication(of: difference, parts), present.count)
    }

    private mutating func publication(of difference: PolicyGraph.Difference, _ parts: [[Translated]]) -> Publication {
        var publication = Publication()
        var changed: Set<ViewLayer.Key> = []
        for (key, content) in difference.layers {
            setLayer(content, key)
            changed.insert(key)
        }
        for part in parts {
            // What was handed over may have turned out not to be needed.
            for (resource, resources) in part where difference.resources[resource] ?? nil != nil {
                guard !difference.restated.contains(resource) else { continue }
                set(resources, for: resource, &publication, &changed)
            }
        }
        for resource in difference.restated {
            guard let value = difference.resources[resource] ?? nil else { continue }
            set(value.resources(), for: resource, &publication, &changed)
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
        return publication
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
}

extension ViewLayer.Key {
    /// The layer's name in the cache.
    var layerID: LayerID { LayerID(description) }
}

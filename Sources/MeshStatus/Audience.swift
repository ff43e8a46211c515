internal import MeshModel
internal import PolicyCompiler
internal import XDSCache

/// Which proxies each object affects: those whose view has a layer that the object shaped.
///
/// An object shapes a layer if it is an origin of a resource in it, or decides by itself what is in it. Only the links
/// between objects, resources, layers and proxies are kept, so that a change costs as much as it touches.
struct Audience {
    private(set) var origins: [DerivedResource: [ObjectKey]] = [:]
    private var resources: [ObjectKey: Set<DerivedResource>] = [:]
    private(set) var contents: [ViewLayer.Key: [DerivedResource]] = [:]
    private(set) var holders: [DerivedResource: Set<ViewLayer.Key>] = [:]
    private(set) var deciders: [ViewLayer.Key: [ObjectKey]] = [:]
    private var decided: [ObjectKey: Set<ViewLayer.Key>] = [:]
    private(set) var views: [ObjectName: PodView.View] = [:]
    private(set) var members: [ViewLayer.Key: Set<ProxyID>] = [:]

    /// The proxies that there are, connected or not.
    var proxies: [ProxyID] { views.map { ProxyID(pod: $0, uid: $1.uid) } }

    /// Whether there is such a proxy.
    func holds(_ proxy: ProxyID) -> Bool { views[proxy.pod]?.uid == proxy.uid }

    /// The proxies that an object affects.
    func proxies(of object: ObjectKey) -> Set<ProxyID> {
        var layers = decided[object] ?? []
        for resource in resources[object] ?? [] { layers.formUnion(holders[resource] ?? []) }
        // The largest first: what the others hold is mostly in it, and it is not copied.
        var sets = layers.compactMap { members[$0] }
        guard let largest = sets.indices.max(by: { sets[$0].count < sets[$1].count }) else { return [] }
        var result = sets.remove(at: largest)
        for set in sets {
            for proxy in set where !result.contains(proxy) { result.insert(proxy) }
        }
        return result
    }

    /// Takes up a change.
    mutating func apply(_ change: StatusChange) {
        for (resource, new) in change.origins {
            Self.link(resource, from: origins[resource], to: new, in: &resources)
            origins[resource] = new
        }
        for (layer, new) in change.layers {
            Self.link(layer, from: contents[layer], to: new, in: &holders)
            contents[layer] = new
        }
        for (layer, new) in change.deciders {
            Self.link(layer, from: deciders[layer], to: new, in: &decided)
            deciders[layer] = new
        }
        for (pod, new) in change.views {
            if let old = views[pod] {
                Self.link(ProxyID(pod: pod, uid: old.uid), from: old.layers, to: nil, in: &members)
            }
            if let new { Self.link(ProxyID(pod: pod, uid: new.uid), from: nil, to: new.layers, in: &members) }
            views[pod] = new
        }
    }

    /// Keeps the way back from the elements of a list to the one who has the list.
    private static func link<Owner: Hashable, Element: Hashable>(
        _ owner: Owner, from old: [Element]?, to new: [Element]?, in links: inout [Element: Set<Owner>]
    ) {
        guard let former = old else {
            // Something new, as all is at first.
            for element in new ?? [] { links[element, default: []].insert(owner) }
            return
        }
        let (before, after) = (Set(former), Set(new ?? []))
        for element in before.subtracting(after) {
            links[element]?.remove(owner)
            if links[element]?.isEmpty == true { links[element] = nil }
        }
        for element in after.subtracting(before) { links[element, default: []].insert(owner) }
    }
}

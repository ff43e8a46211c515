internal import MeshModel
internal import PolicyCompiler
internal import XDSCache

/// What a change does to audiences; all but the proxies that notice it are asked for before it is taken up.
extension Audience {
    /// The objects that may no longer affect some proxy after a change.
    func objectsLosing(by change: StatusChange) -> Set<ObjectKey> {
        var losing: Set<ObjectKey> = []
        for (resource, new) in change.origins {
            guard let old = origins[resource], old != new else { continue }
            losing.formUnion(Set(old).subtracting(new ?? []))
        }
        for (layer, new) in change.layers {
            guard let old = contents[layer] else { continue }
            for resource in Set(old).subtracting(new ?? []) {
                losing.formUnion(origins[resource] ?? [])
            }
        }
        for (layer, new) in change.deciders {
            guard let old = deciders[layer], old != new else { continue }
            losing.formUnion(Set(old).subtracting(new ?? []))
        }
        for (pod, new) in change.views {
            // A pod that is gone, or a new one in its place, has nothing to be waited for.
            guard let old = views[pod], let new, new.uid == old.uid else { continue }
            for layer in Set(old.layers).subtracting(new.layers) {
                losing.formUnion(deciders[layer] ?? [])
                for resource in contents[layer] ?? [] { losing.formUnion(origins[resource] ?? []) }
            }
        }
        return losing
    }

    /// The objects that shaped what a change makes different.
    func objectsShaping(_ change: StatusChange) -> Set<ObjectKey> {
        var shaping: Set<ObjectKey> = []
        for (resource, new) in change.origins {
            shaping.formUnion(origins[resource] ?? [])
            shaping.formUnion(new ?? [])
        }
        for (layer, new) in change.layers {
            for resource in Set(contents[layer] ?? []).symmetricDifference(new ?? []) {
                shaping.formUnion(origins[resource] ?? [])
            }
        }
        return shaping
    }

    /// The proxies that a change brings; they have nothing of before.
    func proxiesComing(by change: StatusChange) -> Set<ProxyID> {
        Set(
            change.views.compactMap { pod, new in
                guard let new, views[pod]?.uid != new.uid else { return nil }
                return ProxyID(pod: pod, uid: new.uid)
            })
    }

    /// The proxies that see a difference, or at least something of another origin, after a change was taken up.
    func proxiesNoticing(_ change: StatusChange) -> Set<ProxyID> {
        var layers = Set(change.layers.keys)
        for resource in change.origins.keys { layers.formUnion(holders[resource] ?? []) }
        var proxies: Set<ProxyID> = []
        for layer in layers { proxies.formUnion(members[layer] ?? []) }
        for (pod, view) in change.views { if let view { proxies.insert(ProxyID(pod: pod, uid: view.uid)) } }
        return proxies
    }
}

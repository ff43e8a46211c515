internal import MeshModel

/// Edits of what is there already, by which calls change: at random, most objects that come or go matter to nobody.
extension RandomMesh {
    /// Edits one object, or how ready the pods of an application are.
    package mutating func editFlows() {
        switch random.number(below: 12) {
        case 0, 1: editReadiness()
        case 2, 3, 4: editTarget()
        case 5, 6: editGroup()
        case 7, 8: editSplit()
        default: set(egress())
        }
        deriveSlices()
    }

    /// All pods of an application are ready, or none is.
    private mutating func editReadiness() {
        let application = random.pick("a", "b", "c")
        let pods = objects.pods.values.filter { $0.metadata.labels["app"] == application }.map(\.name)
        if random.once(in: 3) { unreadyPods.subtract(pods) } else { unreadyPods.formUnion(pods) }
    }

    /// A target goes, or has other sources.
    private mutating func editTarget() {
        guard let name = random.pick(from: objects.targets.keys.sorted()), var target = objects.targets[name] else {
            return
        }
        guard !random.once(in: 3) else {
            removeTarget(name)
            return
        }
        target.sources = (0..<random.pick(1, 2, 3)).map { _ in
            TrafficTarget.Subject(name: account(), namespace: random.pick(nil, "n0", "n1"))
        }
        set(target)
    }

    /// A group that somebody names describes other requests.
    private mutating func editGroup() {
        guard let name = random.pick(from: objects.groups.keys.sorted()), let old = objects.groups[name] else { return }
        let other = group()
        set(HTTPRouteGroup(metadata: old.metadata, matches: other.matches))
    }

    /// A split has other weights.
    private mutating func editSplit() {
        guard let name = random.pick(from: objects.splits.keys.sorted()), var split = objects.splits[name] else {
            return
        }
        split.backends = split.backends.map {
            TrafficSplit.Backend(service: $0.service, weight: random.pick(0, 1, 1, 2, 10, 50))
        }
        set(split)
    }
}

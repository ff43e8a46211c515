extension ProxyStream {
    /// What the proxy has of a name from now on.
    struct Taken {
        let name: ResourceName
        /// What the resource referred to before; `nil` if that is not known.
        let former: [ResourceName]?
        /// What it refers to.
        let references: [ResourceName]
    }

    /// How far the proxy is.
    public var progress: StreamProgress {
        StreamProgress(
            acknowledged: acknowledged, refusals: refusals,
            workloadVersion: types.read(.secret) { $0.known[ResourceName.workloadSecret.name]?.version } ?? nil,
            trusting: trusting)
    }

    /// The revision up to which the proxy has everything that it sees but a first certificate, for which it still waits.
    ///
    /// Until then it speaks with nobody, and does not even ask for listeners. What a proxy of a stream that does not tell
    /// versions has is not known.
    private var trusting: Revision {
        guard variant == .delta, types.isRequested(.secret), awaited[.workloadSecret] != nil else {
            return acknowledged
        }
        return settled(awaiting: awaited.filter { $0.key != .workloadSecret })
    }

    /// The revision up to which the proxy enforces everything that it sees; it never falls.
    ///
    /// A resource counts once the proxy has acknowledged it and every route, extension, secret and endpoints resource
    /// that it refers to; 0 until the proxy asked for clusters and listeners. What it refuses is passed over.
    public var acknowledged: Revision { acknowledged(awaiting: awaited) }

    private func acknowledged(awaiting awaited: [ResourceName: Revision]) -> Revision {
        guard types.isRequested(.cluster), types.isRequested(.listener) else { return 0 }
        return settled(awaiting: awaited)
    }

    private func settled(awaiting awaited: [ResourceName: Revision]) -> Revision {
        var settled: Revision?
        for type in ResourceType.all {
            let standing = types.standing(of: type)
            guard standing.isRequested else { continue }
            let own = standing.settledRevision(at: revision)
            settled = min(settled ?? own, own)
        }
        guard let settled else { return 0 }
        return awaited.values.min().map { min(settled, $0 - 1) } ?? settled
    }

    /// What the proxy refuses, sorted by key.
    public var refusals: [Refusal] {
        var refusals: [Refusal] = []
        for type in ResourceType.all where !types.standing(of: type).refusesNothing {
            refusals += types.read(type) { $0.refusals } ?? []
        }
        return refusals.count > 1 ? refusals.sorted { $0.key < $1.key } : refusals
    }

    /// The proxy has a resource: awaits what it refers to, and nothing for its own or its former references' sake.
    mutating func noteReferences(of taken: Taken, since revision: Revision) {
        awaited[taken.name] = nil
        for reference in taken.references where reference.type != .cluster {
            let isAnswered = types.read(reference.type) {
                $0.known[reference.name] != nil || $0.quarantined[reference.name] != nil
            }
            if isAnswered == true { continue }
            awaited[reference] = min(awaited[reference] ?? revision, revision)
            mayAwaitAbsent = true
        }
        for reference in taken.former ?? [] where awaited[reference] != nil && !taken.references.contains(reference) {
            if !isReferred(reference) { awaited[reference] = nil }
        }
    }

    /// Whether anything that the proxy has refers to a resource.
    private func isReferred(_ name: ResourceName) -> Bool {
        name.type.referrers.contains { type in
            types.read(type) { $0.known.values.contains { $0.references?.contains(name) ?? true } } ?? false
        }
    }

    /// Nothing is awaited that is not there and will not come.
    mutating func forgetAbsent(_ view: some ResourceView) {
        guard !awaited.isEmpty else { return }
        awaited = awaited.filter { view.resource($0.key) != nil || view.isExpected($0.key) }
    }
}

extension ResourceName {
    /// The secret that holds the certificate and key of a proxy's workload.
    public static let workloadSecret = ResourceName(.secret, "workload")
}

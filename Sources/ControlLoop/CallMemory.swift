internal import Incremental
internal import MeshModel
internal import PolicyCompiler

/// When what is remembered of calls was last of use, and what of it is to be forgotten; pure.
///
/// Moments are times since the graph was made: of what was gone before that, the life of the graph counts.
struct CallMemory {
    /// What is of no use for so long is forgotten: an identity without pods, a service port that does not exist.
    ///
    /// Longer than from one run of a weekly job to the next.
    static let period = Duration.seconds(8 * 86_400)
    /// How often it is looked for.
    static let interval = Duration.seconds(3_600)

    /// Identities of which more or less is remembered than when their arrivals were last looked at.
    var changed: Set<ServiceIdentity> = []
    /// Identities that called addresses which nobody has.
    var waiting: Set<ServiceIdentity> = []
    /// The present moment.
    var now = Duration.zero
    /// Whether what nobody uses is to be forgotten at once.
    var lacksRoom = false
    private var nextLook = Self.interval
    /// When the last pod of an identity went.
    private var identities: [ServiceIdentity: Duration] = [:]
    /// When a Service was last edited or removed.
    private var services: [ObjectName: Duration] = [:]

    /// A pod of an identity went.
    mutating func left(_ identity: ServiceIdentity) { identities[identity] = now }

    /// A Service that was there is edited or removed.
    mutating func edited(_ service: ObjectName) { services[service] = now }

    /// Whether it is time to look for what can be forgotten: once in a while, and when there is no room.
    func isDue() -> Bool { lacksRoom || now >= nextLook }

    /// It is looked for now.
    private mutating func look() {
        lacksRoom = false
        guard now >= nextLook else { return }
        nextLook = now + Self.interval
    }

    /// What can be forgotten of what is remembered; all ports of an identity that can be forgotten itself.
    ///
    /// Without room that is all that is of no use now.
    ///
    /// - Parameters:
    ///   - present: The identities that have pods.
    ///   - exists: Whether there is a service port.
    mutating func unused(
        of demands: [IdentityDemand], present: Set<ServiceIdentity>, exists: (ServicePort) -> Bool
    ) -> (identities: [ServiceIdentity], ports: [ServiceIdentity: Set<ServicePort>]) {
        let isEverythingOld = lacksRoom
        var gone: [ServiceIdentity] = []
        var ports: [ServiceIdentity: Set<ServicePort>] = [:]
        for demand in demands {
            if !present.contains(demand.id), isEverythingOld || isLongAgo(identities[demand.id]) {
                gone.append(demand.id)
                continue
            }
            let unused = demand.ports.filter {
                !exists($0) && (isEverythingOld || isLongAgo(services[$0.service]))
            }
            if !unused.isEmpty { ports[demand.id] = unused }
        }
        identities = identities.filter { !isLongAgo($0.value) }
        services = services.filter { !isLongAgo($0.value) }
        look()
        return (gone, ports)
    }

    private func isLongAgo(_ moment: Duration?) -> Bool { now - (moment ?? .zero) >= Self.period }
}

extension PolicyGraph {
    /// Notes when a Service that was there is edited or removed; before the change is applied.
    func noteEdit(by change: TableChange) {
        if case .service(let name, _) = change, graph.hasService(name) { calls.edited(name) }
    }

    /// Takes up what other controllers remember, and what they do not remember any more.
    ///
    /// What is in use is not forgotten, whoever took it out: it is told again.
    func takeUp(_ news: CallNews, _ difference: inout Difference) {
        for (identity, ports) in news.remembered {
            graph.remember(IdentityDemand(id: identity, ports: ports))
            calls.changed.insert(identity)
        }
        if news.lacksRoom { calls.lacksRoom = true }
        guard !news.dropped.isEmpty else { return }
        let present = Set(views.values.map(\.identity))
        for (identity, ports) in news.dropped {
            guard let demand = graph.remembered(of: identity) else { continue }
            let lost = demand.ports.intersection(ports)
            let used = present.contains(identity) ? lost.filter { graph.has($0) } : []
            graph.forget(lost.subtracting(used), calledBy: identity)
            calls.changed.insert(identity)
            if !used.isEmpty { difference.demands[identity] = graph.remembered(of: identity) }
        }
    }

    /// Remembers the service ports that have by now addresses which nobody had when they were called.
    func settleArrivals(_ difference: inout Difference) {
        var arrived: Set<ServiceIdentity> = []
        for identity in calls.changed where follow(identity) { arrived.insert(identity) }
        calls.changed = []
        for (identity, ports) in graph.takeChanges(to: ArrivedPorts.self) where !ports.isEmpty {
            arrived.insert(identity)
        }
        for identity in arrived {
            if let demand = graph.note([], calledBy: identity) { difference.demands[identity] = demand }
            _ = follow(identity)
        }
    }

    /// Keeps the arrivals of an identity current as long as it waits for any; tells whether there are some already.
    private func follow(_ identity: ServiceIdentity) -> Bool {
        guard graph.remembered(of: identity)?.waiting.isEmpty == false else {
            if calls.waiting.remove(identity) != nil { graph.release(ArrivedPorts.self, identity) }
            return false
        }
        calls.waiting.insert(identity)
        return !graph.demand(ArrivedPorts.self, identity).isEmpty
    }

    /// Forgets what identities called whose ServiceAccounts are removed, unless they have pods: an account that is deleted
    /// and made again, as by `kubectl replace --force`, must not cut off those that run.
    ///
    /// What another controller that still saw a pod says again after this is one of an identity without pods, and goes as
    /// that does.
    func forgetAccounts(removedBy batch: [TableChange], _ difference: inout Difference) {
        let removed = batch.compactMap { change -> ServiceIdentity? in
            guard case .serviceAccount(let name, nil) = change else { return nil }
            let identity = ServiceIdentity(namespace: name.namespace, serviceAccount: name.name)
            return graph.remembered(of: identity) == nil ? nil : identity
        }
        guard !removed.isEmpty else { return }
        let present = Set(views.values.map(\.identity))
        for identity in removed where !present.contains(identity) { forget(identity, &difference) }
    }

    private func forget(_ identity: ServiceIdentity, _ difference: inout Difference) {
        difference.forgotten[identity] = graph.remembered(of: identity)?.ports
        difference.demands[identity] = nil
        graph.forgetCalls(of: identity)
        _ = follow(identity)
    }

    /// Forgets what has been of no use for long, once in a while; what is of none now where there is no room.
    func forgetUnused(_ difference: inout Difference) {
        guard calls.isDue() else { return }
        let (identities, ports) = calls.unused(
            of: graph.remembered, present: Set(views.values.map(\.identity)), exists: { graph.has($0) })
        for identity in identities { forget(identity, &difference) }
        for (identity, ports) in ports {
            difference.forgotten[identity] = ports
            graph.forget(ports, calledBy: identity)
            // Nothing is said to be remembered and forgotten at once.
            if difference.demands[identity] != nil { difference.demands[identity] = graph.remembered(of: identity) }
        }
    }
}

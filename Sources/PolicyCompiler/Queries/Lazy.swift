public import Incremental
public import MeshModel
import MeshPolicy

extension Graph where Inputs == MeshTables {
    /// Notes since when pods have lazy views, after the tables have changed.
    ///
    /// In a table of its own and not by a query that reads the other: then a service more would make the views of all
    /// pods stale, to find each time that none differs.
    public func noteLazyBeginning() {
        guard inputs.settings.lazyThreshold != nil else { return }
        inputs.lazyBeginnings.set(demand(LazyBeginning.self, .one), for: .one)
    }
}

/// Since when pods have lazy views: those that are made from then on; `nil` while none has.
///
/// It is the moment at which the services that every client may call became more than the threshold. So a pod that was
/// made when there were fewer keeps what it sees, and every replica, however often it starts, says the same.
enum LazyBeginning: MeshQuery {
    struct Beginning: Equatable, Identifiable, Sendable {
        /// There is one.
        var id: Whole { .one }
        /// Seconds since 1970.
        let seconds: Int64

        /// Whether an object was made later, or then.
        func isBefore(_ creation: Timestamp?) -> Bool { seconds <= Self.seconds(creation) }

        /// Who does not say when it was made counts as made last.
        static func seconds(_ creation: Timestamp?) -> Int64 { creation?.seconds ?? Int64.max }
    }

    static func evaluate(_: Whole, _ mesh: MeshReader) -> Beginning? {
        guard let threshold = mesh.constant(\.settings).lazyThreshold else { return nil }
        let ports = mesh(PermissiveReach.self, .one)
        guard ports.count > threshold else { return nil }
        let moments = ports.map { port in
            Beginning.seconds(mesh(MeshService.self, port.service)?.seniority.creation)
        }
        return Beginning(seconds: moments.sorted()[max(0, threshold)])
    }
}

/// The service ports of permissive namespaces that proxies of an identity with lazy views see: sorted.
///
/// Those that pods of it have called, and those that TrafficTargets say it calls: so that nothing goes when a namespace
/// changes its mode.
enum CalledPorts: MeshQuery {
    static func evaluate(_ identity: ServiceIdentity, _ mesh: MeshReader) -> [ServicePort] {
        var ports = Set(DeclaredReach.ports(named: identity, inNamespacesOf: .permissive, mesh))
        if let demand = mesh(\.demandByIdentity, identity).first {
            ports.formUnion(demand.ports)
            if !demand.waiting.isEmpty { ports.formUnion(mesh(ArrivedPorts.self, identity)) }
        }
        // What an Egress policy says of a port is a listener at every address that has none: who called a service that is
        // not there would get that one, and ask for nothing.
        for number in mesh(EgressPorts.self, identity) { ports.formUnion(mesh(PermissivePortsOfNumber.self, number)) }
        return ports.filter { mesh(NamespaceMode.self, $0.service.namespace) == .permissive }.sorted()
    }
}

/// The service ports that have by now one of the addresses that nobody had when pods of an identity called them: sorted.
public enum ArrivedPorts: MeshQuery {
    /// The value for a key.
    public static func evaluate(_ identity: ServiceIdentity, _ mesh: MeshReader) -> [ServicePort] {
        let waiting = mesh(\.demandByIdentity, identity).first?.waiting ?? []
        return Set(waiting.compactMap { mesh(AddressClaim.self, $0) }).sorted()
    }
}

/// The service ports with a number that every client may call: sorted.
enum PermissivePortsOfNumber: MeshQuery {
    static func evaluate(_ number: UInt16, _ mesh: MeshReader) -> [ServicePort] {
        mesh(PermissiveReach.self, .one).filter { $0.port == number }
    }
}

/// The addresses about which proxies with lazy views ask: sorted.
enum DemandRanges: MeshQuery {
    static func evaluate(_: Whole, _ mesh: MeshReader) -> [IPRange] {
        Set(mesh(\.meshNamespaces, .one).flatMap { mesh(NamespaceRanges.self, $0.id.name) }).sorted()
    }
}

/// Those of one namespace: sorted; none unless it is in permissive mode.
enum NamespaceRanges: MeshQuery {
    static func evaluate(_ namespace: String, _ mesh: MeshReader) -> [IPRange] {
        guard mesh(NamespaceMode.self, namespace) == .permissive else { return [] }
        return Set(mesh(\.servicesByNamespace, namespace).flatMap { mesh(ServiceRanges.self, $0.id) }).sorted()
    }
}

/// Those of one service: sorted.
///
/// Around a cluster's address the 65,536 that begin alike: it is from a range that is the cluster's for Services alone, so
/// who else has one there is another Service, and one more Service is mostly no other range. Pods share their ranges with
/// who knows whom, so of them there is each address.
enum ServiceRanges: MeshQuery {
    static func evaluate(_ service: ObjectName, _ mesh: MeshReader) -> [IPRange] {
        guard let facts = mesh(MeshService.self, service) else { return [] }
        if facts.isHeadless {
            return Set(mesh(HeadlessAddresses.self, service).keys.map { IPRange(only: $0.ip) }).sorted()
        }
        return Set(facts.clusterIPs.map { IPRange(around: $0, bits: 16) }).sorted()
    }
}

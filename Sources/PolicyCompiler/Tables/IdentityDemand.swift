public import Incremental
public import MeshModel

/// A pod whose proxy asks what there is at addresses.
public struct AskingPod: Hashable, Sendable {
    /// Namespace and name.
    public let name: ObjectName
    /// The pod's uid.
    public let uid: String

    /// A pod.
    public init(name: ObjectName, uid: String) {
        self.name = name
        self.uid = uid
    }
}

/// What the pods of an identity have called that not every proxy sees.
///
/// It is remembered by service port: a service that is made again has other addresses, and pods of a headless one come
/// and go.
public struct IdentityDemand: Equatable, Identifiable, Sendable {
    /// The identity.
    public let id: ServiceIdentity
    /// The service ports that had the addresses.
    public var ports: Set<ServicePort>
    /// Addresses that no service port had when they were called: those called last at the end, without duplicates.
    public var waiting: [SocketAddress]

    /// What an identity has called; nothing by default.
    public init(id: ServiceIdentity, ports: Set<ServicePort> = [], waiting: [SocketAddress] = []) {
        self.id = id
        self.ports = ports
        self.waiting = waiting
    }

    /// So many addresses are remembered that nobody has, so that pods that call at random cost no more.
    ///
    /// Proxies know of the others all the same that nobody had them.
    static let mostWaiting = 256
}

extension Graph where Inputs == MeshTables {
    /// Remembers that a pod of an identity has called addresses.
    ///
    /// The present claims decide what is remembered; what is derived from it follows with the next changes that are taken.
    ///
    /// - Returns: What is remembered of the identity now; `nil` if that is what it was.
    public func note(_ addresses: Set<SocketAddress>, calledBy identity: ServiceIdentity) -> IdentityDemand? {
        var demand = inputs.demands[identity] ?? IdentityDemand(id: identity)
        var waiting: [SocketAddress] = []
        for address in demand.waiting.filter({ !addresses.contains($0) }) + addresses.sorted() {
            if let owner = self.demand(AddressClaim.self, address) {
                demand.ports.insert(owner)
            } else {
                waiting.append(address)
            }
            release(AddressClaim.self, address)
        }
        demand.waiting = waiting.suffix(IdentityDemand.mostWaiting)
        guard inputs.demands[identity] != demand else { return nil }
        inputs.demands.set(demand, for: identity)
        return demand
    }

    /// What is remembered of an identity; `nil` if nothing is.
    public func remembered(of identity: ServiceIdentity) -> IdentityDemand? { inputs.demands[identity] }

    /// What is remembered of all identities, in no particular order.
    public var remembered: [IdentityDemand] { inputs.demands.all }

    /// Whether a Service has a port now, whatever becomes of it.
    public func has(_ port: ServicePort) -> Bool {
        inputs.services[port.service]?.object.ports.contains { $0.port == port.port } == true
    }

    /// Whether there is a Service of a name.
    public func hasService(_ name: ObjectName) -> Bool { inputs.services[name] != nil }

    /// Forgets service ports that an identity has called.
    public func forget(_ ports: Set<ServicePort>, calledBy identity: ServiceIdentity) {
        guard var demand = inputs.demands[identity] else { return }
        demand.ports.subtract(ports)
        let isNothing = demand.ports.isEmpty && demand.waiting.isEmpty
        inputs.demands.set(isNothing ? nil : demand, for: identity)
    }

    /// Forgets all that an identity has called.
    public func forgetCalls(of identity: ServiceIdentity) { inputs.demands.set(nil, for: identity) }

    /// Adds to what is remembered of an identity what another graph remembers of it.
    public func remember(_ other: IdentityDemand) {
        var demand = inputs.demands[other.id] ?? IdentityDemand(id: other.id)
        demand.ports.formUnion(other.ports)
        let new = other.waiting.filter { !demand.waiting.contains($0) }
        demand.waiting = (demand.waiting + new).suffix(IdentityDemand.mostWaiting)
        inputs.demands.set(demand, for: other.id)
    }
}

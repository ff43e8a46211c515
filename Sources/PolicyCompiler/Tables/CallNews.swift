public import MeshModel

/// What other controllers remember of calls, and do not remember any more: service ports, by who called.
public struct CallNews: Equatable, Sendable {
    /// What is to be remembered, too.
    public private(set) var remembered: [ServiceIdentity: Set<ServicePort>] = [:]
    /// What is to be forgotten, unless it is in use.
    public private(set) var dropped: [ServiceIdentity: Set<ServicePort>] = [:]
    /// Whether there is no room to keep more: what nobody uses now is to be forgotten at once, not only after long.
    public private(set) var lacksRoom: Bool

    /// News.
    public init(
        remembered: [ServiceIdentity: Set<ServicePort>] = [:], dropped: [ServiceIdentity: Set<ServicePort>] = [:],
        lacksRoom: Bool = false
    ) {
        self.remembered = remembered
        self.dropped = dropped
        self.lacksRoom = lacksRoom
    }

    /// Whether there are none.
    public var isEmpty: Bool { remembered.isEmpty && dropped.isEmpty && !lacksRoom }

    /// Adds later news, which hold where both speak of a port.
    public mutating func merge(_ later: CallNews) {
        Self.move(later.remembered, from: &dropped, to: &remembered)
        Self.move(later.dropped, from: &remembered, to: &dropped)
        lacksRoom = lacksRoom || later.lacksRoom
    }

    private static func move(
        _ calls: [ServiceIdentity: Set<ServicePort>], from other: inout [ServiceIdentity: Set<ServicePort>],
        to side: inout [ServiceIdentity: Set<ServicePort>]
    ) {
        for (identity, ports) in calls {
            side[identity, default: []].formUnion(ports)
            other[identity]?.subtract(ports)
            if other[identity]?.isEmpty == true { other[identity] = nil }
        }
    }
}

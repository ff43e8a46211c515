public import MeshModel

/// Which proxies share one catch-all for outbound connections: those of the same kind, whoever they are.
public struct CatchAllKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The families of the pods' addresses: sorted, without duplicates.
    public let families: [IPAddress.Family]
    /// Whether the proxies ask for services that every client may call when their pods first call them.
    public let isLazy: Bool

    /// The key of proxies of a kind.
    public init(families: [IPAddress.Family], isLazy: Bool = false) {
        self.families = families
        self.isLazy = isLazy
    }

    /// Families in one line.
    public var description: String {
        families.map { "v\($0.rawValue)" }.joined(separator: "+") + (isLazy ? " lazy" : "")
    }

    /// By their text.
    public static func < (left: CatchAllKey, right: CatchAllKey) -> Bool { left.description < right.description }
}

/// Which proxies share what becomes of outbound connections that match no listener of the mesh.
public struct EgressKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The identity of the pods.
    public let identity: ServiceIdentity
    /// The families of the pods' addresses: sorted, without duplicates.
    public let families: [IPAddress.Family]
    /// The Telemetry in force for the pods; `nil` for none.
    public let telemetry: ObjectName?
    /// Whether the proxies ask for services that every client may call when their pods first call them.
    public let isLazy: Bool

    /// The key of a pod.
    public init(
        identity: ServiceIdentity, families: [IPAddress.Family], telemetry: ObjectName? = nil, isLazy: Bool = false
    ) {
        self.isLazy = isLazy
        self.identity = identity
        self.families = families
        self.telemetry = telemetry
    }

    /// Which catch-all its proxies have.
    public var catchAll: CatchAllKey { CatchAllKey(families: families, isLazy: isLazy) }

    /// Identity and families in one line.
    public var description: String {
        "\(identity) " + families.map { "v\($0.rawValue)" }.joined(separator: "+")
            + (telemetry.map { " telemetry \($0)" } ?? "") + (isLazy ? " lazy" : "")
    }

    /// By their text.
    public static func < (left: EgressKey, right: EgressKey) -> Bool { left.description < right.description }
}

/// What becomes of outbound connections that match no listener of the mesh.
public struct EgressPolicy: Hashable, Sendable {
    /// Which proxies it is for.
    public let key: CatchAllKey
    /// Whether they pass through to their original destination; otherwise they are closed and logged.
    public let isPassthrough: Bool
    /// Where services may be of which the proxies do not know yet: sorted.
    public let demandRanges: [IPRange]

    /// An egress policy.
    public init(key: CatchAllKey, isPassthrough: Bool, demandRanges: [IPRange] = []) {
        self.demandRanges = demandRanges
        self.key = key
        self.isPassthrough = isPassthrough
    }
}

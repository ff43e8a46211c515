public import MeshModel

/// What distinguishes a client's outbound configuration from that of most others.
///
/// Clients without a Telemetry and without a Retry share one; if a service is to be called in the client's own zone
/// first, those of one zone do.
public struct ClientVariant: Hashable, Sendable, CustomStringConvertible {
    /// The Telemetry in force for the pod; `nil` for none.
    public let telemetry: ObjectName?
    /// The identity, if Retries name it as their source; else `nil`.
    public let retries: ServiceIdentity?
    /// The pod's zone, if some service's clients prefer their own; else `nil`.
    public let zone: String?

    /// A variant.
    public init(telemetry: ObjectName? = nil, retries: ServiceIdentity? = nil, zone: String? = nil) {
        self.telemetry = telemetry
        self.retries = retries
        self.zone = zone
    }

    /// That of most clients.
    public static let common = ClientVariant()

    /// In a few words, different for different variants; empty for the common one.
    public var description: String {
        [telemetry.map { " telemetry \($0)" }, retries.map { " retries \($0)" }, zone.map { " zone \($0)" }]
            .compactMap(\.self).joined()
    }
}

/// A virtual listener, and the Telemetry that says what it logs.
public struct ListenerKey: Hashable, Comparable, Sendable {
    /// The address.
    public let address: SocketAddress
    /// The Telemetry in force for the clients; `nil` for none.
    public let telemetry: ObjectName?
    /// Whether it is for proxies with lazy views, which need a second one for the first connection.
    public let isOnDemand: Bool

    /// A listener at an address.
    public init(address: SocketAddress, telemetry: ObjectName? = nil, isOnDemand: Bool = false) {
        self.address = address
        self.telemetry = telemetry
        self.isOnDemand = isOnDemand
    }

    /// Which of the listeners at the address it is; empty for that of most clients.
    public var variant: String {
        [telemetry.map { "telemetry \($0)" }, isOnDemand ? "on demand" : nil].compactMap(\.self).joined(separator: " ")
    }

    /// By address, then variant.
    public static func < (left: ListenerKey, right: ListenerKey) -> Bool {
        left.address == right.address ? left.variant < right.variant : left.address < right.address
    }
}

/// The route of a service port, and the Retry that is in force on it.
public struct RouteKey: Hashable, Comparable, Sendable {
    /// The service port.
    public let port: ServicePort
    /// The Retry in force for the clients; `nil` for none.
    public let retry: ObjectName?

    /// A route.
    public init(port: ServicePort, retry: ObjectName? = nil) {
        self.port = port
        self.retry = retry
    }

    /// Which of the routes of the port it is; empty for that of most clients.
    public var variant: String { retry.map { "retry \($0)" } ?? "" }

    /// By port, then variant.
    public static func < (left: RouteKey, right: RouteKey) -> Bool {
        left.port == right.port ? left.variant < right.variant : left.port < right.port
    }
}

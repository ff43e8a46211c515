public import MeshModel

/// What one service takes.
public struct ServiceLimits: Hashable, Sendable {
    /// New connections, counted by the proxy; `nil` for any number.
    public let connections: TokenRate?
    /// New connections, counted by a service; `nil` for any number.
    public let globalConnections: GlobalConnectionLimit?
    /// Requests.
    public let requests: RequestLimits

    /// Limits.
    public init(
        connections: TokenRate? = nil, globalConnections: GlobalConnectionLimit? = nil,
        requests: RequestLimits = .none
    ) {
        self.connections = connections
        self.globalConnections = globalConnections
        self.requests = requests
    }

    /// Any amount.
    public static let none = ServiceLimits()
}

/// What holds for the connections that come one way to a port of a pod.
public struct EntranceLimits: Hashable, Sendable {
    /// Of the service that they name.
    public let service: ServiceLimits
    /// Of requests that name the apex of a split: sorted by apex, none without a limit.
    public let apexes: [ApexLimits]

    /// Limits.
    public init(service: ServiceLimits = .none, apexes: [ApexLimits] = []) {
        self.service = service
        self.apexes = apexes
    }

    /// Any amount.
    public static let none = EntranceLimits()

    /// How the service that counts requests is asked; `nil` if none is.
    ///
    /// Of the service itself, else of the first apex that has one: all that have one agree in it.
    public var globalRequests: RateLimitCall? {
        service.requests.global?.call ?? apexes.lazy.compactMap(\.requests.global).first?.call
    }
}

/// What the apex of a split takes at the pods of a backend.
public struct ApexLimits: Hashable, Sendable {
    /// The apex.
    public let apex: ObjectName
    /// Its ports that lead here: sorted.
    public let ports: [UInt16]
    /// Requests.
    public let requests: RequestLimits

    /// Limits of an apex.
    public init(apex: ObjectName, ports: [UInt16], requests: RequestLimits) {
        self.apex = apex
        self.ports = ports
        self.requests = requests
    }
}

/// How many requests a service takes.
public struct RequestLimits: Hashable, Sendable {
    /// Counted by the proxy; `nil` for any number.
    public let local: LocalRequestLimit?
    /// Counted by a service; `nil` for any number.
    public let global: GlobalRequestLimit?
    /// Of single routes: the more specific first, none without a limit, no path twice.
    public let routes: [RouteLimits]

    /// Limits of requests.
    public init(local: LocalRequestLimit? = nil, global: GlobalRequestLimit? = nil, routes: [RouteLimits] = []) {
        self.local = local
        self.global = global
        self.routes = routes
    }

    /// Any number.
    public static let none = RequestLimits()
}

/// How many requests of some paths are taken.
public struct RouteLimits: Hashable, Sendable {
    /// An RE2 expression that the whole path without the query must match.
    public let pathRegex: String
    /// Counted by the proxy, instead of the service's own limit; `nil` for that one.
    public let local: LocalRequestLimit?
    /// What the service that counts is told, instead of the service's own; empty for those.
    public let descriptors: [[RequestDescriptorEntry]]

    /// Limits of a route.
    public init(pathRegex: String, local: LocalRequestLimit?, descriptors: [[RequestDescriptorEntry]]) {
        self.pathRegex = pathRegex
        self.local = local
        self.descriptors = descriptors
    }
}

/// How many there may be in some time.
public struct TokenRate: Hashable, Sendable {
    /// How many per ``interval``, at least 1.
    public let count: UInt32
    /// How many more for a short time; both together fit in 32 bits.
    public let burst: UInt32
    /// The time, above 0.
    public let interval: Duration

    /// A rate.
    public init(count: UInt32, burst: UInt32, interval: Duration) {
        self.count = count
        self.burst = burst
        self.interval = interval
    }
}

/// A limit of requests that the proxy counts.
public struct LocalRequestLimit: Hashable, Sendable {
    /// How many.
    public let rate: TokenRate
    /// The status of the answer to what is over the limit; `nil` for 429.
    public let status: Int?
    /// Headers of that answer, in order.
    public let headers: [ResponseHeader]

    /// A limit.
    public init(rate: TokenRate, status: Int?, headers: [ResponseHeader]) {
        self.rate = rate
        self.status = status
        self.headers = headers
    }
}

/// A header that a proxy sets.
public struct ResponseHeader: Hashable, Sendable {
    /// Its name.
    public let name: String
    /// Its value, literally.
    public let value: String

    /// A header.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

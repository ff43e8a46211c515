/// A service that counts for several proxies.
public struct RateLimitService: Hashable, Comparable, Sendable {
    /// Its host: a name or an address.
    public let host: String
    /// Its port.
    public let port: UInt16

    /// A service.
    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// By host, then port.
    public static func < (left: RateLimitService, right: RateLimitService) -> Bool {
        (left.host, left.port) < (right.host, right.port)
    }
}

/// How a service that counts requests is asked, and what becomes of its answers.
public struct RateLimitCall: Hashable, Sendable {
    /// The service.
    public let service: RateLimitService
    /// How long its answer may take, above 0; `nil` for the proxy's 20 milliseconds.
    public let timeout: Duration?
    /// Whether requests pass while it cannot be asked.
    public let isOpenOnFailure: Bool
    /// Whether answers say what is left.
    public let tellsRemainder: Bool
    /// The status of the answer to what is over the limit; `nil` for 429.
    public let status: Int?

    /// How a service is asked.
    public init(
        service: RateLimitService, timeout: Duration?, isOpenOnFailure: Bool, tellsRemainder: Bool, status: Int?
    ) {
        self.service = service
        self.timeout = timeout
        self.isOpenOnFailure = isOpenOnFailure
        self.tellsRemainder = tellsRemainder
        self.status = status
    }
}

/// A limit of requests that a service counts.
public struct GlobalRequestLimit: Hashable, Sendable {
    /// How it is asked.
    public let call: RateLimitCall
    /// The domain of the limits in that service.
    public let domain: String
    /// What it is told of a request, each a limit of its own; empty: it is not asked, but of routes.
    public let descriptors: [[RequestDescriptorEntry]]

    /// A limit.
    public init(call: RateLimitCall, domain: String, descriptors: [[RequestDescriptorEntry]]) {
        self.call = call
        self.domain = domain
        self.descriptors = descriptors
    }
}

/// A part of what a service that counts is told of a request.
public enum RequestDescriptorEntry: Hashable, Sendable {
    /// A fixed value; without a key under the proxy's own.
    case fixed(value: String, key: String?)
    /// The address of the client.
    case remoteAddress
    /// The value of a header; of a request without it the descriptor is not told at all.
    case header(name: String, key: String)
    /// A fixed value, if the conditions hold, or if they do not; else the descriptor is not told at all.
    case match(value: String, key: String?, conditions: [HeaderCondition], mustHold: Bool)
}

/// What must hold of a header.
public struct HeaderCondition: Hashable, Sendable {
    /// What its value is compared with.
    public enum Test: Hashable, Sendable {
        case exact(String)
        case prefix(String)
        case suffix(String)
        /// An RE2 expression for the whole value.
        case regex(String)
        case contains(String)
        /// Whether there is such a header.
        case present(Bool)
    }

    /// The name of the header.
    public let name: String
    /// What must hold.
    public let test: Test

    /// A condition.
    public init(name: String, test: Test) {
        self.name = name
        self.test = test
    }
}

/// A limit of new connections that a service counts.
public struct GlobalConnectionLimit: Hashable, Sendable {
    /// The service.
    public let service: RateLimitService
    /// How long its answer may take, above 0; `nil` for the proxy's 20 milliseconds.
    public let timeout: Duration?
    /// Whether connections pass while it cannot be asked.
    public let isOpenOnFailure: Bool
    /// The domain of the limits in that service.
    public let domain: String
    /// What it is told of a connection, each a limit of its own; at least one, none empty.
    public let descriptors: [[ConnectionDescriptorEntry]]

    /// A limit.
    public init(
        service: RateLimitService, timeout: Duration?, isOpenOnFailure: Bool, domain: String,
        descriptors: [[ConnectionDescriptorEntry]]
    ) {
        self.service = service
        self.timeout = timeout
        self.isOpenOnFailure = isOpenOnFailure
        self.domain = domain
        self.descriptors = descriptors
    }
}

/// A part of what a service that counts is told of a connection.
public struct ConnectionDescriptorEntry: Hashable, Sendable {
    /// Its key.
    public let key: String
    /// Its value.
    public let value: String

    /// A part.
    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

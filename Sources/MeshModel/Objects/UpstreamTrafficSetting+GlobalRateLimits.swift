extension UpstreamTrafficSetting {
    /// A service that speaks Envoy's rate limit protocol, version 3.
    public struct RateLimitService: Hashable, Sendable, Decodable {
        /// Its host: a name or an address.
        public var host: String
        /// Its port, from 1 to 65535.
        public var port: Int

        /// A service.
        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// A limit of new connections that a service counts.
    public struct GlobalConnections: Hashable, Sendable, Decodable {
        /// The service that is asked.
        public var rateLimitService: RateLimitService
        /// The domain of the limits in that service.
        public var domain: String
        /// What is told of a connection, each a limit of its own; at least one.
        public var descriptors: [ConnectionDescriptor]
        /// How long its answer may take, above 0; `nil` for the proxy's 20 milliseconds.
        public var timeout: WrittenDuration?
        /// Whether connections pass while it cannot be asked; `nil` for yes.
        public var failOpen: Bool?

        /// A limit.
        public init(rateLimitService: RateLimitService, domain: String, descriptors: [ConnectionDescriptor]) {
            self.rateLimitService = rateLimitService
            self.domain = domain
            self.descriptors = descriptors
        }
    }

    /// What is told of a connection.
    public struct ConnectionDescriptor: Hashable, Sendable, Decodable {
        /// The parts, in order; at least one.
        public var entries: [Entry]

        /// A descriptor.
        public init(entries: [Entry]) { self.entries = entries }

        /// A part of a descriptor.
        public struct Entry: Hashable, Sendable, Decodable {
            /// Its key.
            public var key: String
            /// Its value.
            public var value: String

            /// A part.
            public init(key: String, value: String) {
                self.key = key
                self.value = value
            }
        }
    }

    /// A limit of requests that a service counts.
    public struct GlobalRequests: Hashable, Sendable, Decodable {
        /// The service that is asked.
        public var rateLimitService: RateLimitService
        /// The domain of the limits in that service.
        public var domain: String
        /// What is told of a request, each a limit of its own; `nil` for nothing, so only routes are limited.
        public var descriptors: [RequestDescriptor]?
        /// How long its answer may take, above 0; `nil` for the proxy's 20 milliseconds.
        public var timeout: WrittenDuration?
        /// Whether requests pass while it cannot be asked; `nil` for yes.
        public var failOpen: Bool?
        /// Whether answers say what is left, in the headers `x-ratelimit-…`; `nil` for no.
        public var enableXRateLimitHeaders: Bool?
        /// The status of the answer to what is over the limit, from 400 to 599; `nil` or 0 for 429.
        public var responseStatusCode: Int?

        /// A limit.
        public init(rateLimitService: RateLimitService, domain: String, descriptors: [RequestDescriptor]? = nil) {
            self.rateLimitService = rateLimitService
            self.domain = domain
            self.descriptors = descriptors
        }
    }

    /// What is told of a request.
    public struct RequestDescriptor: Hashable, Sendable, Decodable {
        /// The parts, in order; at least one.
        public var entries: [Entry]

        /// A descriptor.
        public init(entries: [Entry]) { self.entries = entries }

        /// A part of a descriptor: exactly one of the fields.
        public struct Entry: Hashable, Sendable, Decodable {
            /// A fixed value.
            public var genericKey: GenericKey?
            /// The address of the client.
            public var remoteAddress: RemoteAddress?
            /// The value of a header.
            public var requestHeader: RequestHeader?
            /// A fixed value, told where headers fit.
            public var headerValueMatch: HeaderValueMatch?

            /// Nothing yet.
            public init() {}
        }
    }

    /// A fixed value.
    public struct GenericKey: Hashable, Sendable, Decodable {
        /// The value.
        public var value: String
        /// The key that it is told under; `nil` or empty for `generic_key`.
        public var key: String?

        /// A fixed value.
        public init(value: String, key: String? = nil) {
            self.value = value
            self.key = key
        }
    }

    /// The address of the client, told under `remote_address`.
    public struct RemoteAddress: Hashable, Sendable, Decodable {
        private enum Key: CodingKey {}

        /// The address.
        public init() {}

        /// Reads a map, whatever is in it.
        public init(from decoder: any Decoder) throws { _ = try decoder.container(keyedBy: Key.self) }
    }

    /// The value of a header; nothing is told of a request without it.
    public struct RequestHeader: Hashable, Sendable, Decodable {
        /// The name of the header.
        public var name: String
        /// The key that its value is told under.
        public var key: String

        /// A header.
        public init(name: String, key: String) {
            self.name = name
            self.key = key
        }
    }

    /// A fixed value, told where headers fit.
    public struct HeaderValueMatch: Hashable, Sendable, Decodable {
        /// The value.
        public var value: String
        /// The headers that must fit, all of them; at least one.
        public var headers: [HeaderCondition]
        /// The key that it is told under; `nil` or empty for `header_match`.
        public var key: String?
        /// Whether the headers must fit, or must not; `nil` for must.
        public var expectMatch: Bool?

        /// A fixed value.
        public init(value: String, headers: [HeaderCondition], key: String? = nil, expectMatch: Bool? = nil) {
            self.value = value
            self.headers = headers
            self.key = key
            self.expectMatch = expectMatch
        }
    }

    /// A header and what must hold of it: exactly one of the fields beside the name.
    public struct HeaderCondition: Hashable, Sendable, Decodable {
        /// The name of the header.
        public var name: String
        /// Its whole value.
        public var exact: String?
        /// How its value begins.
        public var prefix: String?
        /// How its value ends.
        public var suffix: String?
        /// An RE2 expression for its whole value.
        public var regex: String?
        /// What is in its value.
        public var contains: String?
        /// Whether it is there.
        public var present: Bool?

        /// A header, nothing said of it yet.
        public init(name: String) { self.name = name }
    }
}

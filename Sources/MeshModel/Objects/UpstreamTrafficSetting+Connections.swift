extension UpstreamTrafficSetting {
    /// How clients connect.
    public struct ConnectionSettings: Hashable, Sendable, Decodable {
        /// Limits of connections.
        public var tcp: TCP?
        /// Limits of requests.
        public var http: HTTP?

        /// No limits.
        public init() {}

        /// Limits of connections, each by client proxy and upstream.
        public struct TCP: Hashable, Sendable, Decodable {
            /// How many at a time; `nil` for any number.
            public var maxConnections: Int?
            /// How long connecting may take, above 0; `nil` for the proxy's 5 seconds.
            public var connectTimeout: WrittenDuration?
            /// How long a TCP connection may carry nothing; `nil` or 0 for any time (not in the original).
            public var idleTimeout: WrittenDuration?

            /// No limits.
            public init() {}
        }

        /// Limits of requests, each by client proxy and upstream.
        public struct HTTP: Hashable, Sendable, Decodable {
            /// How many at a time; `nil` for any number.
            public var maxRequests: Int?
            /// How many on one connection; `nil` or 0 for any number.
            public var maxRequestsPerConnection: Int?
            /// How many that wait for a connection; `nil` for any number.
            public var maxPendingRequests: Int?
            /// How many that are tried again at a time; `nil` for any number.
            public var maxRetries: Int?
            /// How long a request may take until its answer is complete; `nil` or 0 for any time (not in the original).
            public var requestTimeout: WrittenDuration?
            /// How long a connection may be without requests; `nil` or 0 for any time (not in the original).
            public var idleTimeout: WrittenDuration?

            /// No limits.
            public init() {}
        }
    }

    /// When clients leave out an endpoint that fails.
    public struct OutlierDetection: Hashable, Sendable, Decodable {
        /// After how many answers of 500 and above in a row; 0 for never.
        public var consecutive5xx: Int?
        /// After how many answers of 502, 503 and 504 in a row; 0 for never.
        public var consecutiveGatewayErrors: Int?
        /// How often endpoints are looked at again, above 0.
        public var interval: WrittenDuration?
        /// How long an endpoint is left out at first, above 0.
        public var baseEjectionTime: WrittenDuration?
        /// How many of the endpoints may be left out, in percent from 0 to 100.
        public var maxEjectionPercent: Int?

        /// Nothing set.
        public init() {}
    }

    /// How clients check endpoints.
    public struct HealthCheck: Hashable, Sendable, Decodable {
        /// The path of a request that must be answered with 200; `nil` for a check whether one can connect.
        public var path: String?
        /// The port that is checked, from 1 to 65535; `nil` for that of the endpoint.
        public var port: Int?
        /// How often, above 0.
        public var interval: WrittenDuration?
        /// How long an answer may take, above 0.
        public var timeout: WrittenDuration?
        /// How many checks in a row must succeed until the endpoint is used, at least 1.
        public var healthyThreshold: Int?
        /// How many checks in a row must fail until it is not, at least 1.
        public var unhealthyThreshold: Int?

        /// A check whether one can connect.
        public init() {}
    }

    /// How clients choose among endpoints.
    public struct LoadBalancing: Hashable, Sendable, Decodable {
        /// The words for ``policy``.
        public enum Policy: String, CaseIterable, Hashable, Sendable {
            /// One after the other.
            case roundRobin
            /// The one of two with fewer open requests.
            case leastRequest
            /// The same one for the same ``LoadBalancing/hash``.
            case ringHash
        }

        /// A word of ``Policy`` as written; `nil` for ``Policy/roundRobin``.
        public var policy: String?
        /// What decides with ``Policy/ringHash``; `nil` with every other policy.
        public var hash: Hash?
        /// Whether endpoints in the client's own zone come first; `nil` for no.
        public var preferLocality: Bool?

        /// One after the other.
        public init() {}

        /// The policy in effect, of a valid setting.
        public var effectivePolicy: Policy { policy.flatMap(Policy.init) ?? .roundRobin }

        /// What requests are told apart by: exactly one of the fields.
        public struct Hash: Hashable, Sendable, Decodable {
            /// The value of this header.
            public var header: String?
            /// A cookie.
            public var cookie: Cookie?
            /// The client's address; only `true` has a meaning.
            public var sourceIP: Bool?

            /// Nothing yet.
            public init() {}
        }

        /// A cookie that is made where a request has none.
        public struct Cookie: Hashable, Sendable, Decodable {
            /// Its name.
            public var name: String
            /// How long it lives; `nil` for a cookie that is only read, 0 for the client's session.
            public var ttl: WrittenDuration?

            /// A cookie.
            public init(name: String, ttl: WrittenDuration? = nil) {
                self.name = name
                self.ttl = ttl
            }
        }
    }

    /// How many requests of a client may be retries.
    public struct RetryBudget: Hashable, Sendable, Decodable {
        /// The share of open requests, in percent from 0 to 100; `nil` for the proxy's 20.
        public var percent: Int?
        /// How many are allowed in any case; `nil` for the proxy's 3.
        public var minConcurrency: Int?

        /// The proxy's own.
        public init() {}
    }
}

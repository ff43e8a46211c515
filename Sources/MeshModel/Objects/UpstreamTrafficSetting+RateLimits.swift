extension UpstreamTrafficSetting {
    /// How much a service takes.
    public struct RateLimit: Hashable, Sendable, Decodable {
        /// Counted by each pod on its own.
        public var local: Local?
        /// Counted by a service for all pods together.
        public var global: Global?

        /// Any amount.
        public init() {}

        /// Limits that each pod counts on its own.
        public struct Local: Hashable, Sendable, Decodable {
            /// Of new connections, of a port of either protocol.
            public var tcp: Connections?
            /// Of requests.
            public var http: Requests?

            /// None.
            public init() {}
        }

        /// Limits that a service counts.
        public struct Global: Hashable, Sendable, Decodable {
            /// Of new connections, of a port of either protocol.
            public var tcp: GlobalConnections?
            /// Of requests.
            public var http: GlobalRequests?

            /// None.
            public init() {}
        }
    }

    /// The words for the unit of time of a limit.
    public enum RateUnit: String, CaseIterable, Hashable, Sendable {
        case second
        case minute
        case hour

        /// The time.
        public var duration: Duration {
            switch self {
            case .second: .seconds(1)
            case .minute: .seconds(60)
            case .hour: .seconds(3600)
            }
        }
    }

    /// A limit of new connections.
    public struct Connections: Hashable, Sendable, Decodable {
        /// How many per ``unit``, at least 1.
        public var connections: Int
        /// A word of ``RateUnit`` as written.
        public var unit: String
        /// How many more for a short time; `nil` for none.
        public var burst: Int?

        /// A limit.
        public init(connections: Int, unit: String, burst: Int? = nil) {
            self.connections = connections
            self.unit = unit
            self.burst = burst
        }
    }

    /// A limit of requests.
    public struct Requests: Hashable, Sendable, Decodable {
        /// How many per ``unit``, at least 1.
        public var requests: Int
        /// A word of ``RateUnit`` as written.
        public var unit: String
        /// How many more for a short time; `nil` for none.
        public var burst: Int?
        /// The status of the answer to what is over the limit, from 400 to 599; `nil` or 0 for 429.
        public var responseStatusCode: Int?
        /// Headers of the answer to what is over the limit, in the order of the spec; `nil` for none.
        public var responseHeadersToAdd: [Header]?

        /// A limit.
        public init(requests: Int, unit: String, burst: Int? = nil) {
            self.requests = requests
            self.unit = unit
            self.burst = burst
        }
    }

    /// A header of an answer.
    public struct Header: Hashable, Sendable, Decodable {
        /// Its name.
        public var name: String
        /// Its value.
        public var value: String

        /// A header.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Limits of the requests to one route.
    public struct HTTPRoute: Hashable, Sendable, Decodable {
        /// An RE2 expression for the whole path without the query, as an HTTPRouteGroup has it in `pathRegex`.
        public var path: String
        /// How much the route takes.
        public var rateLimit: RouteRateLimit?

        /// A route.
        public init(path: String, rateLimit: RouteRateLimit? = nil) {
            self.path = path
            self.rateLimit = rateLimit
        }
    }

    /// How much a route takes.
    public struct RouteRateLimit: Hashable, Sendable, Decodable {
        /// Counted by each pod on its own; replaces the service's own local limit of requests.
        public var local: Requests?
        /// Counted by the service of the setting's global limit of requests, with these descriptors instead of its own.
        public var global: RouteDescriptors?

        /// Any amount.
        public init() {}
    }

    /// What the rate limit service is told of the requests to a route.
    public struct RouteDescriptors: Hashable, Sendable, Decodable {
        /// The descriptors, in the order of the spec; `nil` for none.
        public var descriptors: [RequestDescriptor]?

        /// Descriptors.
        public init(descriptors: [RequestDescriptor]) { self.descriptors = descriptors }
    }
}

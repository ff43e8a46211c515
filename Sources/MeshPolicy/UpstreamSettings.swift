/// How clients connect to a service: what of it is its cluster's.
///
/// Everything that is `nil` is as it is without a setting.
public struct UpstreamSettings: Hashable, Sendable {
    /// How much at a time.
    public var limits = Limits()
    /// How long connecting may take.
    public var connectTimeout: Duration?
    /// After how many requests a connection is not used any more.
    public var requestsPerConnection: UInt32?
    /// How long a connection without requests is kept; 0 for ever.
    public var idleTimeout: Duration?
    /// When a pod that fails gets no requests for a while; `nil` for never.
    public var outlierDetection: OutlierDetection?
    /// How pods are probed; `nil` for not at all.
    public var healthCheck: HealthCheck?
    /// Which of the pods gets a request.
    public var balancing = Balancing.roundRobin
    /// The share of requests that may be retries; in place of ``Limits/retries``.
    public var retryBudget: RetryBudget?

    /// Settings that change nothing.
    public init() {}

    /// How much at a time each client may have under way; `nil` for any number.
    public struct Limits: Hashable, Sendable {
        /// Connections.
        public var connections: UInt32?
        /// Requests that wait for a connection.
        public var pendingRequests: UInt32?
        /// Requests.
        public var requests: UInt32?
        /// Requests that are tried again.
        public var retries: UInt32?

        /// No limits.
        public init() {}
    }

    /// When a pod that fails gets no requests for a while.
    public struct OutlierDetection: Hashable, Sendable {
        /// After how many answers 500 to 599 in a row, failed connections included; 0 for never.
        public let consecutive5xx: UInt32
        /// After how many answers 502, 503 and 504 in a row, failed connections included; 0 for never.
        public let consecutiveGatewayErrors: UInt32
        /// How often it is looked at which pods come back.
        public let interval: Duration?
        /// How long a pod is out, multiplied by how often it has been.
        public let baseEjectionTime: Duration?
        /// How many of the pods may be out at a time, in percent; one always may.
        public let maxEjectionPercent: UInt32?

        /// When a pod is out.
        public init(
            consecutive5xx: UInt32, consecutiveGatewayErrors: UInt32, interval: Duration?,
            baseEjectionTime: Duration?, maxEjectionPercent: UInt32?
        ) {
            self.consecutive5xx = consecutive5xx
            self.consecutiveGatewayErrors = consecutiveGatewayErrors
            self.interval = interval
            self.baseEjectionTime = baseEjectionTime
            self.maxEjectionPercent = maxEjectionPercent
        }
    }

    /// How pods are probed, by each client's proxy.
    public struct HealthCheck: Hashable, Sendable {
        /// What is asked.
        public enum Probe: Hashable, Sendable {
            /// A connection, which must be accepted.
            case connection
            /// A GET request of the application's own path, which must be answered with 200.
            case request(path: String)
            /// A GET request that the server's proxy answers by itself.
            case proxy
        }

        /// What is asked.
        public let probe: Probe
        /// The port of the pods that is probed; `nil` for the one that serves.
        public let port: UInt16?
        /// How often.
        public let interval: Duration
        /// How long an answer may take.
        public let timeout: Duration
        /// How many successes in a row bring a pod back.
        public let healthyThreshold: UInt32
        /// How many failures in a row put a pod out.
        public let unhealthyThreshold: UInt32

        /// A way to probe pods.
        public init(
            probe: Probe, port: UInt16?, interval: Duration, timeout: Duration, healthyThreshold: UInt32,
            unhealthyThreshold: UInt32
        ) {
            self.probe = probe
            self.port = port
            self.interval = interval
            self.timeout = timeout
            self.healthyThreshold = healthyThreshold
            self.unhealthyThreshold = unhealthyThreshold
        }
    }

    /// Which of the pods gets a request.
    public enum Balancing: Hashable, Sendable {
        /// Each in turn.
        case roundRobin
        /// The less busy of two.
        case leastRequest
        /// The one that a hash of the request points at, as the route says.
        case ringHash
    }

    /// The share of requests that may be retries.
    public struct RetryBudget: Hashable, Sendable {
        /// The share, in percent of the requests under way.
        public let percent: UInt32
        /// How many may be under way whatever the share.
        public let minConcurrency: UInt32

        /// A share.
        public init(percent: UInt32, minConcurrency: UInt32) {
            self.percent = percent
            self.minConcurrency = minConcurrency
        }
    }
}

/// What of a request or connection chooses the pod.
public enum RequestHash: Hashable, Sendable {
    /// The value of a header.
    case header(String)
    /// The value of a cookie; the proxy sets it where it is missing and has a lifetime.
    case cookie(name: String, lifetime: Duration?)
    /// The address of the client.
    case sourceIP
}

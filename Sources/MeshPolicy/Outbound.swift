public import MeshModel

/// What carries the bytes between client and server.
public enum WireProtocol: String, Hashable, Sendable {
    /// HTTP/1.1, HTTP/2, gRPC and websocket, routed by request.
    case http
    /// Anything else over TCP, routed by connection.
    case tcp
}

/// Where a redirected connection to an address of a service goes: a virtual listener of the client's proxy.
///
/// What becomes of its connections is said by the ``OutboundRoute`` of the service port.
public struct OutboundListener: Hashable, Sendable {
    /// The original destination.
    public let address: SocketAddress
    /// The service port that owns the address.
    public let servicePort: ServicePort
    /// How its connections are read.
    public let wireProtocol: WireProtocol
    /// The pod that has the address, where clients call a pod of a headless service and its requests are counted.
    public let pod: EndpointPod?
    /// What is told of its requests.
    public let observation: Observation
    /// Whether there is a second one within the proxy, for the first connection, which came before the first one.
    public let isOnDemand: Bool

    /// A listener at an address.
    public init(
        address: SocketAddress, servicePort: ServicePort, wireProtocol: WireProtocol, pod: EndpointPod? = nil,
        observation: Observation = .standard, isOnDemand: Bool = false
    ) {
        self.isOnDemand = isOnDemand
        self.address = address
        self.servicePort = servicePort
        self.wireProtocol = wireProtocol
        self.pod = pod
        self.observation = observation
    }
}

/// How the requests, or for TCP the connections, to a service port are divided among upstreams.
public struct OutboundRoute: Hashable, Sendable {
    /// The service port.
    public let servicePort: ServicePort
    /// How its connections are read.
    public let wireProtocol: WireProtocol
    /// The rules, tried in order; a request that none matches gets 503.
    ///
    /// For TCP exactly one, of all connections; they are closed if it has no backends.
    public let rules: [Rule]
    /// When requests are tried again beside what was certainly not delivered; `nil` for never.
    public let retry: RequestRetry?
    /// How long a request may take until its answer is complete; for TCP, how long a connection may carry nothing.
    ///
    /// `nil` for any time.
    public let timeout: Duration?

    /// Requests, and the upstreams that share them.
    public struct Rule: Hashable, Sendable {
        /// The requests; `nil` for all.
        public let match: HTTPMatch?
        /// The upstreams with their shares, sorted by upstream; empty: the requests get 503.
        public let backends: [WeightedUpstream]
        /// What chooses the pod, in upstreams that choose by it; `nil` for nothing.
        public let hash: RequestHash?

        /// A rule.
        public init(match: HTTPMatch?, backends: [WeightedUpstream], hash: RequestHash? = nil) {
            self.match = match
            self.backends = backends
            self.hash = hash
        }
    }

    /// A route.
    public init(
        servicePort: ServicePort, wireProtocol: WireProtocol, rules: [Rule], retry: RequestRetry? = nil,
        timeout: Duration? = nil
    ) {
        self.servicePort = servicePort
        self.wireProtocol = wireProtocol
        self.rules = rules
        self.retry = retry
        self.timeout = timeout
    }

    /// The upstreams that the rules name: sorted, without duplicates.
    public var upstreams: [UpstreamName] {
        Set(rules.flatMap { $0.backends.map(\.upstream) }).sorted()
    }
}

/// A service's pods at one port, and which of them a connection gets.
public struct UpstreamName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Which of the pods a connection gets.
    public enum Choice: Int, Hashable, Sendable {
        /// Any: they share the connections or requests.
        case balanced
        /// The one whose address the client called: a pod of a headless Service.
        case direct
    }

    /// Service and port; of several target ports of one service port the one that stands for all of them.
    public let target: ServiceTargetPort
    /// Which of the pods a connection gets.
    public let choice: Choice

    /// The name of an upstream.
    public init(_ target: ServiceTargetPort, _ choice: Choice = .balanced) {
        self.target = target
        self.choice = choice
    }

    /// `<namespace>/<service>|<target port>`, with `|direct` behind it where the client chooses the pod.
    public var description: String { choice == .direct ? "\(target)|direct" : target.description }

    /// By service and port; the balanced one first.
    public static func < (left: UpstreamName, right: UpstreamName) -> Bool {
        (left.target, left.choice.rawValue) < (right.target, right.choice.rawValue)
    }
}

/// An upstream and its share of the requests.
public struct WeightedUpstream: Hashable, Sendable {
    /// The upstream.
    public let upstream: UpstreamName
    /// Its share, relative to the others of the same rule; at least one of them is above 0.
    public let weight: UInt32

    /// A share of an upstream.
    public init(upstream: UpstreamName, weight: UInt32) {
        self.upstream = upstream
        self.weight = weight
    }
}

/// A service's pods at one port, as a client's proxy dials them.
public struct Upstream: Hashable, Sendable {
    /// Service and port, and which of the pods a connection gets.
    public let name: UpstreamName
    /// Whose certificates are accepted: sorted, without duplicates; none if there are no pods.
    public let identities: [ServiceIdentity]
    /// The domains in which those identities are named: sorted, at least one.
    public let trustDomains: [String]
    /// The TLS settings of the mesh.
    public let tls: TLSParameters
    /// How clients connect to it.
    public let settings: UpstreamSettings

    /// An upstream.
    public init(
        name: UpstreamName, identities: [ServiceIdentity], trustDomains: [String], tls: TLSParameters,
        settings: UpstreamSettings = UpstreamSettings()
    ) {
        self.settings = settings
        self.name = name
        self.identities = identities
        self.trustDomains = trustDomains
        self.tls = tls
    }

    /// The server name that clients send: `<service>.<namespace>.svc.cluster.local`, whatever the trust domain.
    public var serverName: String { MeshNames.serverName(of: name.target.service) }
}

/// The addresses behind a balanced upstream.
public struct Endpoints: Hashable, Sendable {
    /// The ``UpstreamName/target`` of the upstream: the addresses may have other ports where those of pods differ.
    public let name: ServiceTargetPort
    /// The addresses by zone: sorted by zone, no zone empty.
    public let localities: [Locality]
    /// The zone whose addresses come before all others, of which there are some; `nil` for none.
    public let preferredZone: String?
    /// The port at which the addresses are probed; `nil` for their own.
    public let probePort: UInt16?
    /// The pods at the addresses; empty unless requests are counted.
    public let pods: [SocketAddress: EndpointPod]

    /// The addresses in one zone.
    public struct Locality: Hashable, Sendable {
        /// The zone; empty where unknown.
        public let zone: String
        /// The addresses: sorted, without duplicates.
        public let addresses: [SocketAddress]

        /// Addresses in a zone.
        public init(zone: String, addresses: [SocketAddress]) {
            self.zone = zone
            self.addresses = addresses
        }
    }

    /// The addresses behind an upstream.
    public init(
        name: ServiceTargetPort, localities: [Locality], preferredZone: String? = nil, probePort: UInt16? = nil,
        pods: [SocketAddress: EndpointPod] = [:]
    ) {
        self.name = name
        self.localities = localities
        self.preferredZone = preferredZone
        self.probePort = probePort
        self.pods = pods
    }
}

/// The names that both ends of a connection must agree on.
public enum MeshNames {
    /// The server name of a service: `<service>.<namespace>.svc.cluster.local`.
    ///
    /// `cluster.local` is fixed and has nothing to do with the trust domain (as in the original).
    public static func serverName(of service: ObjectName) -> String {
        "\(service.name).\(service.namespace).svc.cluster.local"
    }

    /// The names by which a request may call a service, without and with each of its ports.
    ///
    /// - Parameter ports: The ports, in the order in which they are to appear.
    public static func hosts(of service: ObjectName, ports: [UInt16]) -> [String] {
        let labels = [service.name, service.namespace, "svc", "cluster", "local"]
        return labels.indices.flatMap { last in
            let name = labels[...last].joined(separator: ".")
            return [name] + ports.map { "\(name):\($0)" }
        }
    }
}

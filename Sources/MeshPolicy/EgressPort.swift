public import MeshModel

/// Which proxies share what policies say of a port outside of the mesh.
public struct EgressPortKey: Hashable, Comparable, Sendable {
    /// The proxies.
    public let proxies: EgressKey
    /// The port.
    public let port: UInt16

    /// A port as some proxies see it.
    public init(proxies: EgressKey, port: UInt16) {
        self.proxies = proxies
        self.port = port
    }

    /// By proxies, then port.
    public static func < (left: EgressPortKey, right: EgressPortKey) -> Bool {
        (left.proxies, left.port) < (right.proxies, right.port)
    }
}

/// What policies allow on a port outside of the mesh, at addresses that are none of the mesh.
public struct EgressPort: Hashable, Sendable {
    /// Which port, and for which proxies.
    public let key: EgressPortKey
    /// Whether everything else on the port passes through; otherwise it is refused.
    public let isPassthrough: Bool
    /// The hosts to which requests may go: sorted by name, one entry per name; `nil` if no policy speaks HTTP here.
    public let hosts: [Host]?
    /// What may be connected to by destination: sorted by range.
    ///
    /// Of the zones that an address is in, that of the longest prefix holds, by itself: what wider ones allow is in it.
    public let zones: [Zone]
    /// How the UpstreamTrafficSettings that hosts and connections name connect; one that is not there has no entry.
    public let settings: [ObjectName: Settings]
    /// What is told of requests.
    public let observation: Observation

    /// What policies allow on a port.
    public init(
        key: EgressPortKey, isPassthrough: Bool, hosts: [Host]?, zones: [Zone], settings: [ObjectName: Settings] = [:],
        observation: Observation = .standard
    ) {
        self.settings = settings
        self.key = key
        self.isPassthrough = isPassthrough
        self.hosts = hosts
        self.zones = zones
        self.observation = observation
    }

    /// A host, by the `Host` of requests.
    public struct Host: Hashable, Sendable {
        /// A name in lower case, an address, `*.` and a name for all below it, or `*` for every host.
        public let name: String
        /// The requests that are allowed, each by one of these; `nil` for all of them.
        public let matches: [HTTPMatch]?
        /// The UpstreamTrafficSetting by which the host is connected to; `nil` for none.
        public let setting: ObjectName?

        /// A host.
        public init(name: String, matches: [HTTPMatch]?, setting: ObjectName?) {
            self.name = name
            self.matches = matches
            self.setting = setting
        }

        /// Whether it stands for many: requests then go to the address that the client chose.
        public var isPattern: Bool { name.hasPrefix("*") }
    }

    /// How hosts outside of the mesh are connected to.
    public struct Settings: Hashable, Sendable {
        /// What of it is that of clusters.
        public let upstream: UpstreamSettings
        /// How long a request may take until its answer is complete; `nil` for any time.
        public let requestTimeout: Duration?
        /// How long a connection that carries no requests may carry nothing; `nil` for any time.
        public let idleTimeout: Duration?

        /// A way to connect.
        public init(upstream: UpstreamSettings, requestTimeout: Duration?, idleTimeout: Duration?) {
            self.upstream = upstream
            self.requestTimeout = requestTimeout
            self.idleTimeout = idleTimeout
        }
    }

    /// Some destinations, and what may be done there beside HTTP.
    public struct Zone: Hashable, Sendable {
        /// Their addresses; `nil` for all.
        public let range: IPRange?
        /// The servers that may be called with TLS: sorted by name, one entry per name.
        public let servers: [Server]
        /// How connections of any kind go on; `nil` if they may not.
        public let connections: Connections?

        /// Destinations.
        public init(range: IPRange?, servers: [Server], connections: Connections?) {
            self.range = range
            self.servers = servers
            self.connections = connections
        }
    }

    /// A server, by the name for which a client asks in its handshake.
    public struct Server: Hashable, Sendable {
        /// A name as that of a ``Host``; `*` for every connection with TLS.
        public let name: String
        /// How connections to it go on.
        public let connections: Connections

        /// A server.
        public init(name: String, connections: Connections) {
            self.name = name
            self.connections = connections
        }
    }

    /// How connections go on to the address that the client chose.
    public struct Connections: Hashable, Sendable {
        /// The UpstreamTrafficSetting that holds for them; `nil` for none.
        public let setting: ObjectName?

        /// A way to connect.
        public init(setting: ObjectName?) { self.setting = setting }
    }
}

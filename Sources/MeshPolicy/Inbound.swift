public import MeshModel

/// Which pods share one inbound configuration.
public struct InboundKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The identity of the pods.
    public let identity: ServiceIdentity
    /// What the Services that select the pods lead to: sorted, without duplicates.
    public let targets: [ServiceTargetPort]
    /// The families of the pods' addresses: sorted, without duplicates.
    public let families: [IPAddress.Family]
    /// The Telemetry in force for the pods; `nil` for none.
    public let telemetry: ObjectName?

    /// The key of a pod.
    public init(
        identity: ServiceIdentity, targets: [ServiceTargetPort], families: [IPAddress.Family],
        telemetry: ObjectName? = nil
    ) {
        self.identity = identity
        self.targets = targets
        self.families = families
        self.telemetry = telemetry
    }

    /// Identity, targets and families in one line, equal exactly if the keys are.
    public var description: String {
        let families = families.map { "v\($0.rawValue)" }.joined(separator: "+")
        let telemetry = telemetry.map { ["telemetry", "\($0)"] } ?? []
        return ([identity.description] + targets.map(\.description) + [families] + telemetry).joined(separator: " ")
    }

    /// By their text.
    public static func < (left: InboundKey, right: InboundKey) -> Bool { left.description < right.description }
}

/// What a proxy does with connections to its pod.
public struct InboundPolicy: Hashable, Sendable {
    /// Which pods it is for.
    public let key: InboundKey
    /// The ports, sorted by number.
    public let ports: [InboundPort]
    /// The domains in which principals are named: sorted, at least one.
    public let trustDomains: [String]
    /// The TLS settings of the mesh.
    public let tls: TLSParameters
    /// What TCP ports trust in the handshake, which decides who may connect; `nil` without a TCP port.
    public let roots: Roots?
    /// What is told of requests.
    public let observation: Observation

    /// An inbound policy.
    public init(
        key: InboundKey, ports: [InboundPort], trustDomains: [String], tls: TLSParameters, roots: Roots? = nil,
        observation: Observation = .standard
    ) {
        self.key = key
        self.ports = ports
        self.trustDomains = trustDomains
        self.tls = tls
        self.roots = roots
        self.observation = observation
    }
}

/// A port of the pod that Services lead to.
public struct InboundPort: Hashable, Sendable {
    /// The port of the application.
    public let port: UInt16
    /// How connections are read that name none of the services: as the oldest of them says.
    public let wireProtocol: WireProtocol
    /// The services that lead to it: sorted by name, at least one.
    ///
    /// Each has a chain of its own, by server name.
    public let services: [Service]
    /// Who may send which requests, over the connections that are read as HTTP; `nil` if none is.
    public let http: Authorization?
    /// Who may open connections, of those that are read as TCP; `nil` if none is.
    public let tcp: Authorization?
    /// What clients outside the mesh may do: sorted by name.
    public let ingress: [IngressAccess]
    /// What holds for connections that name none of the services: what holds for the oldest of them.
    public let limits: EntranceLimits
    /// What holds for clients outside the mesh: what holds for the oldest service that they may call.
    public let ingressLimits: EntranceLimits

    /// A service that leads to a port.
    public struct Service: Hashable, Sendable {
        /// The service.
        public let name: ObjectName
        /// How connections that name it are read.
        public let wireProtocol: WireProtocol
        /// How much it takes.
        public let limits: EntranceLimits

        /// A service by its name.
        public init(name: ObjectName, wireProtocol: WireProtocol, limits: EntranceLimits = .none) {
            self.name = name
            self.wireProtocol = wireProtocol
            self.limits = limits
        }
    }

    /// A port of the pod.
    public init(
        port: UInt16, wireProtocol: WireProtocol, services: [Service], http: Authorization?, tcp: Authorization?,
        ingress: [IngressAccess] = [], limits: EntranceLimits = .none, ingressLimits: EntranceLimits = .none
    ) {
        self.port = port
        self.wireProtocol = wireProtocol
        self.services = services
        self.http = http
        self.tcp = tcp
        self.ingress = ingress
        self.limits = limits
        self.ingressLimits = ingressLimits
    }
}

/// Who may call a port of an identity, and how.
public enum Authorization: Hashable, Sendable {
    /// Permissive mode: any peer with a certificate of the mesh.
    case anyPeer
    /// The union of policies, sorted by name; with none, nobody.
    case policies([AuthorizationPolicy])
}

/// What one rule of a TrafficTarget allows.
public struct AuthorizationPolicy: Hashable, Sendable {
    /// `<namespace>/<TrafficTarget>/<name of the object that the rule refers to>`, unique within an authorization.
    public let name: String
    /// The TrafficTarget.
    public let origin: ObjectKey
    /// Whose requests are allowed: sorted, at least one.
    public let principals: [ServiceIdentity]
    /// Which requests are allowed, in the order of the rule; at least one.
    ///
    /// For a TCP port: ``HTTPMatch/any``.
    public let matches: [HTTPMatch]

    /// An authorization policy.
    public init(name: String, origin: ObjectKey, principals: [ServiceIdentity], matches: [HTTPMatch]) {
        self.name = name
        self.origin = origin
        self.principals = principals
        self.matches = matches
    }
}

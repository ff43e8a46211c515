public import MeshModel

/// What is asked for the gateway of a mesh.
public enum GatewayWish: Equatable, Sendable {
    /// The certificate that a gateway is to have.
    public struct Certificate: Equatable, Sendable {
        /// Its names, each once, in the order of their author.
        public var names: [String]
        /// How long it is to be valid.
        public var validity: Duration
        /// The Secret.
        public var secret: ObjectName

        /// What is asked for.
        public init(names: [String], validity: Duration, secret: ObjectName) {
            self.names = names
            self.validity = validity
            self.secret = secret
        }
    }

    /// Nothing that can be read, or there is no configuration: what there is stays.
    case unknown
    /// No certificate.
    case nothing
    /// A certificate.
    case certificate(Certificate)

    /// What a configuration asks for, as far as it is in effect.
    public init(_ config: MeshConfig) {
        guard !config.metadata.name.isEmpty else {
            self = .unknown
            return
        }
        guard let gateway = config.certificate.ingressGateway else {
            self = .nothing
            return
        }
        guard gateway.isReadable, let validity = GoDuration(gateway.validityDuration)?.duration else {
            self = .unknown
            return
        }
        var seen: Set<String> = []
        self = .certificate(
            Certificate(
                names: gateway.subjectAltNames.filter { seen.insert($0).inserted },
                validity: max(validity, .seconds(5)),
                secret: ObjectName(namespace: gateway.secret.namespace, name: gateway.secret.name)))
    }
}

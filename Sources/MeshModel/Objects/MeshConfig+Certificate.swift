extension MeshConfig {
    /// How certificates are issued.
    public struct Certificate: Hashable, Sendable {
        /// How long a workload's certificate is valid.
        public var serviceCertValidityDuration: String = "24h"
        /// The size of RSA keys in bits.
        public var certKeyBitSize: Int = 2048
        /// The algorithm of workloads' keys, as written; empty for ECDSA P-256.
        ///
        /// The original's keys are RSA, and every MeshConfig of it has a size: so a size alone asks for nothing.
        public var keyAlgorithm: String = ""
        /// The certificate that an ingress gateway presents to the mesh.
        public var ingressGateway: IngressGateway?

        /// The algorithm of workloads' keys; `nil` for a word without a meaning.
        public var leafAlgorithm: LeafAlgorithm? {
            keyAlgorithm.isEmpty ? .ecdsaP256 : LeafAlgorithm(rawValue: keyAlgorithm)
        }

        /// Zero values.
        public init() {}

        /// What stands for a section that cannot be read.
        static var unreadable: Certificate {
            var certificate = Certificate()
            certificate.ingressGateway = .unreadable
            return certificate
        }
    }

    /// The algorithms of workloads' keys.
    public enum LeafAlgorithm: String, Hashable, Sendable, CaseIterable {
        /// ECDSA with the curve P-256.
        case ecdsaP256 = "ecdsa-p256"
        /// RSA, of ``Certificate/certKeyBitSize`` bits.
        case rsa
    }

    /// The certificate that an ingress gateway presents to the mesh.
    public struct IngressGateway: Hashable, Sendable {
        /// The names that the certificate carries.
        public var subjectAltNames: [String] = []
        /// How long the certificate is valid.
        public var validityDuration: String = ""
        /// The Secret that holds it.
        public var secret: SecretReference = SecretReference()

        /// Zero values.
        public init() {}

        /// What stands for a section with a mistake: somebody wants a certificate, and what exists stays.
        static let unreadable = IngressGateway()

        /// Whether it says what to issue.
        public var isReadable: Bool { self != Self.unreadable }
    }

    /// A Secret.
    public struct SecretReference: Hashable, Sendable {
        /// The Secret's name.
        public var name: String = ""
        /// The Secret's namespace.
        public var namespace: String = ""

        /// Zero values.
        public init() {}
    }
}

extension MeshConfig.Certificate: Decodable {
    private enum Key: String, CodingKey {
        case serviceCertValidityDuration, certKeyBitSize, keyAlgorithm, ingressGateway
    }

    /// Reads the fields; a missing one has the schema's default, else its zero value.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        serviceCertValidityDuration = try fields.value(.serviceCertValidityDuration, or: "24h")
        certKeyBitSize = try fields.value(.certKeyBitSize, or: 2048)
        keyAlgorithm = try fields.value(.keyAlgorithm, or: "")
        ingressGateway = try fields.value(.ingressGateway)
    }
}

extension MeshConfig.IngressGateway: Decodable {
    private enum Key: String, CodingKey { case subjectAltNames, validityDuration, secret }

    /// Reads the fields; a missing one has the schema's default, else its zero value.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        subjectAltNames = try fields.value(.subjectAltNames, or: [])
        validityDuration = try fields.value(.validityDuration, or: "")
        secret = try fields.value(.secret, or: .init())
    }
}

extension MeshConfig.SecretReference: Decodable {
    private enum Key: String, CodingKey { case name, namespace }

    /// Reads the fields; a missing one has the schema's default, else its zero value.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        name = try fields.value(.name, or: "")
        namespace = try fields.value(.namespace, or: "")
    }
}

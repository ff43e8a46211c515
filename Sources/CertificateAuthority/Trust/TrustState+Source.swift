extension TrustState {
    /// Who signs with a root: all that is needed to ask for certificates, but never a key or a token.
    public enum Source: Hashable, Sendable {
        /// The controller, with the key in a Secret of its own namespace.
        case secret(name: String)
        /// A HashiCorp Vault.
        case vault(Vault)
        /// An issuer of cert-manager.
        case certManager(CertManager)

        /// Whether certificates carry the SPIFFE identity beside the DNS name.
        public var hasURI: Bool {
            switch self {
            case .secret: true
            case .vault(let vault): vault.hasURI
            case .certManager(let certManager): certManager.hasURI
            }
        }

        /// What messages call it.
        public var name: String {
            switch self {
            case .secret(let name): "Secret \(name)"
            case .vault(let vault): "Vault \(vault.host):\(vault.port)"
            case .certManager(let certManager): "\(certManager.kind) \(certManager.name) of cert-manager"
            }
        }
    }

    /// A HashiCorp Vault that signs.
    public struct Vault: Codable, Hashable, Sendable {
        /// How it is reached: `http` or `https`.
        public var scheme: String
        /// Its name or address.
        public var host: String
        /// Its port.
        public var port: Int
        /// The path where its engine for certificates is mounted.
        public var mount: String
        /// The role under which it issues.
        public var role: String
        /// Where its token is.
        public var token: Token
        /// Whether certificates carry the SPIFFE identity beside the DNS name.
        public var hasURI: Bool

        /// A Vault.
        public init(
            scheme: String, host: String, port: Int, mount: String = "pki", role: String, token: Token, hasURI: Bool
        ) {
            self.scheme = scheme
            self.host = host
            self.port = port
            self.mount = mount
            self.role = role
            self.token = token
            self.hasURI = hasURI
        }
    }

    /// Where a token is, never the token.
    public struct Token: Codable, Hashable, Sendable {
        /// The namespace of the Secret.
        public var namespace: String
        /// The name of the Secret.
        public var name: String
        /// The key in the Secret.
        public var key: String

        /// A place.
        public init(namespace: String, name: String, key: String) {
            self.namespace = namespace
            self.name = name
            self.key = key
        }
    }

    /// An issuer of cert-manager that signs.
    public struct CertManager: Codable, Hashable, Sendable {
        /// Its name.
        public var name: String
        /// Its kind.
        public var kind: String
        /// The API group of its kind.
        public var group: String
        /// Whether certificates carry the SPIFFE identity beside the DNS name.
        public var hasURI: Bool

        /// An issuer.
        public init(name: String, kind: String, group: String, hasURI: Bool) {
            self.name = name
            self.kind = kind
            self.group = group
            self.hasURI = hasURI
        }
    }
}

extension TrustState.Source: Codable {
    private enum Key: String, CodingKey { case secret, vault, certManager }
    private struct Secret: Codable { var name: String }

    /// Reads an object with one field, named for the kind.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        switch fields.allKeys {
        case [.secret]: self = .secret(name: try fields.decode(Secret.self, forKey: .secret).name)
        case [.vault]: self = .vault(try fields.decode(TrustState.Vault.self, forKey: .vault))
        case [.certManager]:
            self = .certManager(try fields.decode(TrustState.CertManager.self, forKey: .certManager))
        default:
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "the source of a root is of no known kind"))
        }
    }

    /// Writes an object with one field, named for the kind.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        switch self {
        case .secret(let name): try fields.encode(Secret(name: name), forKey: .secret)
        case .vault(let vault): try fields.encode(vault, forKey: .vault)
        case .certManager(let certManager): try fields.encode(certManager, forKey: .certManager)
        }
    }
}

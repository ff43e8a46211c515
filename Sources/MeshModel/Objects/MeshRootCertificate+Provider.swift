extension MeshRootCertificate {
    /// Who issues, as written: exactly one of the fields is to be there.
    public struct Provider: Hashable, Sendable {
        /// The issuer built into the controller.
        public var tresor: Tresor?
        /// HashiCorp Vault.
        public var vault: Vault?
        /// An issuer of cert-manager.
        public var certManager: CertManager?

        /// A provider; without a field it says nothing.
        public init(tresor: Tresor? = nil, vault: Vault? = nil, certManager: CertManager? = nil) {
            self.tresor = tresor
            self.vault = vault
            self.certManager = certManager
        }
    }

    /// The issuer built into the controller.
    public struct Tresor: Hashable, Sendable {
        /// The Secret that holds the root and its key.
        ///
        /// It is always read from the controller's namespace, as in the original, whatever namespace is written.
        public var secret: MeshConfig.SecretReference

        /// The issuer whose root is in a Secret.
        public init(secret: MeshConfig.SecretReference) {
            self.secret = secret
        }
    }

    /// HashiCorp Vault.
    public struct Vault: Hashable, Sendable {
        /// How it is reached.
        public enum Scheme: String, CaseIterable, Hashable, Sendable {
            /// In plain text.
            case http
            /// Over TLS.
            case https
        }

        /// Its host: a name of DNS, or an address.
        public var host: String
        /// Its port as written.
        public var port: Int
        /// The role in Vault under which certificates are issued.
        public var role: String
        /// `protocol` as written.
        public var protocolName: String
        /// The Secret that holds the token.
        public var token: SecretKeyReference

        /// A Vault.
        public init(host: String, port: Int, role: String, protocolName: String, token: SecretKeyReference) {
            self.host = host
            self.port = port
            self.role = role
            self.protocolName = protocolName
            self.token = token
        }

        /// How it is reached; `nil` for a word without a meaning.
        public var scheme: Scheme? { Scheme(rawValue: protocolName) }
    }

    /// A value in a Secret.
    public struct SecretKeyReference: Hashable, Sendable {
        /// The Secret's name.
        public var name: String
        /// The key of the value.
        public var key: String
        /// The Secret's namespace.
        public var namespace: String

        /// A value in a Secret.
        public init(name: String, key: String, namespace: String) {
            self.name = name
            self.key = key
            self.namespace = namespace
        }
    }

    /// An issuer of cert-manager.
    public struct CertManager: Hashable, Sendable {
        /// The kinds of issuers.
        public static let kinds = ["ClusterIssuer", "Issuer"]

        /// Its name.
        public var issuerName: String
        /// Its kind: `ClusterIssuer` or `Issuer`.
        public var issuerKind: String
        /// The API group of its kind.
        public var issuerGroup: String

        /// An issuer of cert-manager.
        public init(issuerName: String, issuerKind: String, issuerGroup: String) {
            self.issuerName = issuerName
            self.issuerKind = issuerKind
            self.issuerGroup = issuerGroup
        }
    }

    /// Who issues.
    public enum Issuer: Hashable, Sendable {
        /// The controller.
        case tresor(Tresor)
        /// HashiCorp Vault.
        case vault(Vault)
        /// An issuer of cert-manager.
        case certManager(CertManager)

        /// What people call it, as in `kubectl get`.
        public var title: String {
            switch self {
            case .tresor: "Tresor"
            case .vault: "Vault"
            case .certManager: "CertManager"
            }
        }
    }

    /// Who issues; `nil` unless exactly one is written.
    public var issuer: Issuer? {
        switch (provider.tresor, provider.vault, provider.certManager) {
        case (let tresor?, nil, nil): .tresor(tresor)
        case (nil, let vault?, nil): .vault(vault)
        case (nil, nil, let certManager?): .certManager(certManager)
        default: nil
        }
    }
}

extension MeshRootCertificate.Provider: Decodable {
    private enum Key: String, CodingKey { case tresor, vault, certManager }

    /// Reads a provider.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(
            tresor: try fields.value(.tresor), vault: try fields.value(.vault),
            certManager: try fields.value(.certManager))
    }
}

extension MeshRootCertificate.Tresor: Decodable {
    private enum Key: String, CodingKey { case ca }
    private enum RootKey: String, CodingKey { case secretRef }

    /// Reads the reference to the root.
    public init(from decoder: any Decoder) throws {
        let root = try decoder.container(keyedBy: Key.self).object(.ca, RootKey.self)
        self.init(secret: try root?.value(.secretRef) ?? MeshConfig.SecretReference())
    }
}

extension MeshRootCertificate.Vault: Decodable {
    private enum Key: String, CodingKey {
        case host, port, role, token
        case protocolName = "protocol"
    }
    private enum TokenKey: String, CodingKey { case secretKeyRef }

    /// Reads where a Vault is, and the reference to its token.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(
            host: try fields.value(.host, or: ""), port: try fields.value(.port, or: 0),
            role: try fields.value(.role, or: ""), protocolName: try fields.value(.protocolName, or: ""),
            token: try fields.object(.token, TokenKey.self)?.value(.secretKeyRef)
                ?? .init(name: "", key: "", namespace: ""))
    }
}

extension MeshRootCertificate.SecretKeyReference: Decodable {
    private enum Key: String, CodingKey { case name, key, namespace }

    /// Reads a reference.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(
            name: try fields.value(.name, or: ""), key: try fields.value(.key, or: ""),
            namespace: try fields.value(.namespace, or: ""))
    }
}

extension MeshRootCertificate.CertManager: Decodable {
    private enum Key: String, CodingKey { case issuerName, issuerKind, issuerGroup }

    /// Reads a reference to an issuer.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(
            issuerName: try fields.value(.issuerName, or: ""), issuerKind: try fields.value(.issuerKind, or: ""),
            issuerGroup: try fields.value(.issuerGroup, or: ""))
    }
}

/// Where an API server is and how to authenticate to it.
public struct ClusterAccess: Equatable, Sendable {
    /// What shows the server who asks, beside a client certificate.
    public enum Credential: Equatable, Sendable {
        /// Nothing.
        case none
        /// A bearer token.
        case token(String)
        /// A file that holds a bearer token and is read again from time to time.
        case tokenFile(String)
        /// A program that gives out tokens or client certificates.
        case plugin(CredentialPlugin)
    }

    /// A client certificate and its key, both PEM; the certificate may be followed by its chain.
    public struct ClientCertificate: Equatable, Sendable {
        /// The certificate, PEM.
        public var certificate: String
        /// The private key, PEM.
        public var key: String

        /// A certificate and its key.
        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// The server's URL without a path, such as `https://10.96.0.1:443`.
    public var server: String
    /// The certificates, PEM, that the server's certificate must lead to; `nil` for the system's.
    public var authorities: String?
    /// The client certificate; `nil` for none.
    public var clientCertificate: ClientCertificate?
    /// The credential.
    public var credential: Credential
    /// The name that the server's certificate must have, unless it has the very address that is connected to; `nil` for
    /// the host of the URL.
    public var tlsServerName: String?
    /// Whether the server's certificate is not checked at all.
    public var skipsVerification: Bool
    /// The namespace that commands act in by default; `nil` where nothing says.
    public var defaultNamespace: String?

    /// Access to a server.
    public init(
        server: String, authorities: String? = nil, clientCertificate: ClientCertificate? = nil,
        credential: Credential = .none, tlsServerName: String? = nil, skipsVerification: Bool = false,
        defaultNamespace: String? = nil
    ) {
        self.server = server
        self.authorities = authorities
        self.clientCertificate = clientCertificate
        self.credential = credential
        self.tlsServerName = tlsServerName
        self.skipsVerification = skipsVerification
        self.defaultNamespace = defaultNamespace
    }
}

extension ClusterAccess: CustomStringConvertible, CustomReflectable {
    /// The server alone: nothing of the credential is printed.
    public var description: String { server }
    /// The server alone: nothing of the credential is dumped.
    public var customMirror: Mirror { Mirror(self, children: ["server": server]) }
}

/// A program that gives out credentials, as kubeconfig files name it (`users[].user.exec`).
public struct CredentialPlugin: Equatable, Sendable {
    /// The version of the protocol: `client.authentication.k8s.io/v1` or `/v1beta1`.
    public var apiVersion: String
    /// The program: an absolute path, or a name that is looked up in `PATH`.
    public var command: String
    /// Its arguments.
    public var arguments: [String]
    /// What is added to its environment.
    public var environment: [String: String]
    /// Whether the program is told about the cluster.
    public var providesClusterInfo: Bool
    /// What to do where the program is not installed; empty where the file does not say.
    public var installHint: String

    /// The versions of the protocol that are spoken.
    public static let apiVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]

    /// A program.
    public init(
        apiVersion: String, command: String, arguments: [String] = [], environment: [String: String] = [:],
        providesClusterInfo: Bool = false, installHint: String = ""
    ) {
        self.apiVersion = apiVersion
        self.command = command
        self.arguments = arguments
        self.environment = environment
        self.providesClusterInfo = providesClusterInfo
        self.installHint = installHint
    }
}

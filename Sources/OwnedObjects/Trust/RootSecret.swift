public import CertificateAuthority
public import FoundationEssentials
public import KubernetesClient
public import MeshModel

/// A root with its key in a Secret of the controller's namespace, in the fields of the original: `ca.crt`, `private.key`.
public struct RootSecret: Sendable {
    /// Several replicas may get in each other's way so often.
    private static let attempts = 10
    private enum Field {
        static let certificate = "ca.crt"
        static let key = "private.key"
    }

    private let client: KubernetesClient
    private let object: ObjectName

    /// The Secret of a name.
    public init(client: KubernetesClient, _ object: ObjectName) {
        self.client = client
        self.object = object
    }

    /// The root in the Secret; `nil` if there is none.
    ///
    /// - Throws: The API server's error, or `CertificateAuthorityError` with the Secret in its message.
    public func load(now: Date) async throws -> CertificateAuthority? {
        guard let secret = try await client.get(.secret, object, as: StoredSecret.self) else { return nil }
        return try root(in: secret, now)
    }

    /// The root in the Secret, which is made where it does not exist: of several replicas that start together one makes it
    /// and all use it.
    ///
    /// - Parameters:
    ///   - name: The common name of a new root.
    ///   - algorithm: Its key.
    ///   - former: The certificate and key, as PEM, that a new Secret gets instead of a new root.
    /// - Throws: The API server's error, or `CertificateAuthorityError` with the Secret in its message.
    public func loadOrCreate(
        name: String, algorithm: KeyAlgorithm, former: (certificate: String, key: String)? = nil, now: Date
    ) async throws -> CertificateAuthority {
        for _ in 0..<Self.attempts {
            guard let secret = try await client.get(.secret, object, as: StoredSecret.self) else {
                let data = try former ?? Self.make(name, algorithm, now)
                let metadata = StoredSecret.Metadata(
                    name: object.name, namespace: object.namespace,
                    labels: StoredSecret.labels)
                _ = try await client.create(
                    .secret, object,
                    body: StoredSecret(
                        metadata: metadata, type: "Opaque",
                        data: [
                            Field.certificate: Data(data.certificate.utf8), Field.key: Data(data.key.utf8),
                        ]))
                continue
            }
            return try root(in: secret, now)
        }
        throw OwnedObjectsError(.secret, "Secret \(object) goes as soon as it is made: find out who deletes it")
    }

    private static func make(
        _ name: String, _ algorithm: KeyAlgorithm, _ now: Date
    ) throws -> (certificate: String, key: String) {
        let (authority, key) = try CertificateAuthority.create(name: name, algorithm: algorithm, now: now)
        return (authority.rootPEM, key)
    }

    private func root(in secret: StoredSecret, _ now: Date) throws -> CertificateAuthority {
        let pem = [Field.key, Field.certificate].map { String(decoding: secret.data?[$0] ?? Data(), as: UTF8.self) }
            .joined(separator: "\n")
        return try CertificateAuthority.read(
            pem: pem, source: "Secret \(object) (\(Field.certificate), \(Field.key))", now: now)
    }
}

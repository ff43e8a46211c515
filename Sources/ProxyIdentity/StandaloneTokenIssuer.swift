internal import Crypto
public import FoundationEssentials
internal import JWTKit
public import MeshModel

/// Issues tokens like the API server's, where there is no API server.
///
/// Its key, ECDSA P-256, lies in a file, so its tokens outlive a restart.
public struct StandaloneTokenIssuer: Sendable {
    /// What its tokens name as their issuer.
    public static let issuer = "https://osm.standalone"

    private static let greatestValidity = Duration.seconds(87_600 * 3600)

    private let key: ES256PrivateKey
    private let publicKey: TokenKey

    /// The issuer whose key is in a file, which is made first if there is none.
    ///
    /// The file is made with the mode 0600, whole or not at all, and never written to again; of several processes that
    /// start together one makes it and all use it. A file that others may read is refused.
    ///
    /// - Parameter path: The file; its directory must exist.
    /// - Throws: `ProxyIdentityError` with the code `file`.
    public static func loadOrCreate(at path: String) throws -> StandaloneTokenIssuer {
        let contents: String
        do {
            contents = try PrivateFile(path: path).contents { P256.Signing.PrivateKey().pemRepresentation + "\n" }
        } catch let failure as PrivateFile.Failure {
            throw ProxyIdentityError(.file, failure.description)
        }
        // What a parser complains of may quote what it read, so no cause is passed on.
        guard let issuer = try? StandaloneTokenIssuer(pem: contents) else {
            throw ProxyIdentityError(
                .file,
                "\(path) holds no ECDSA P-256 key in PEM form: restore it, or move it away and a new one is made"
            )
        }
        return issuer
    }

    private init(pem: String) throws {
        let key = try P256.Signing.PrivateKey(pemRepresentation: pem)
        let digest = SHA256.hash(data: key.publicKey.derRepresentation).prefix(8)
        self.key = try ES256PrivateKey(backing: key)
        publicKey = TokenKey(
            id: digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(),
            material: .ecdsaP256(try ES256PublicKey(backing: key.publicKey)))
    }

    /// A token by which the proxy of a pod can prove who it is.
    ///
    /// - Parameters:
    ///   - pod: The pod.
    ///   - podUID: Its uid; empty where it has none.
    ///   - serviceAccount: The ServiceAccount that it runs as, in the pod's namespace.
    ///   - serviceAccountUID: Its uid; empty where it has none.
    ///   - validity: How long from now; from a second to ten years.
    ///   - now: The time.
    /// - Throws: `ProxyIdentityError` with the code `issuing`.
    public func issue(
        pod: ObjectName, podUID: String, serviceAccount: ObjectName, serviceAccountUID: String, validity: Duration,
        now: Date
    ) async throws -> String {
        guard pod.namespace == serviceAccount.namespace, ![pod.namespace, pod.name, serviceAccount.name].contains("")
        else {
            throw ProxyIdentityError(
                .issuing, "pod \(pod) cannot run as ServiceAccount \(serviceAccount): they must share a namespace")
        }
        guard (.seconds(1)...Self.greatestValidity).contains(validity) else {
            throw ProxyIdentityError(
                .issuing, "the token of pod \(pod) cannot be valid for \(validity): choose a second to ten years")
        }
        let start = now.timeIntervalSince1970.rounded(.down)
        let claims = TokenClaims(
            issuer: Self.issuer, audiences: [MeshLabels.proxyTokenAudience],
            subject: TokenClaims.subject(namespace: pod.namespace, serviceAccount: serviceAccount.name),
            issuedAt: start,
            notBefore: start, expiry: start + TimeInterval(validity.components.seconds),
            binding: TokenClaims.Binding(
                namespace: pod.namespace, pod: .init(name: pod.name, uid: podUID),
                serviceaccount: .init(name: serviceAccount.name, uid: serviceAccountUID)))
        do {
            return try await JWTKeyCollection().add(ecdsa: key).sign(claims, header: ["kid": .string(publicKey.id)])
        } catch {
            throw ProxyIdentityError(.issuing, "the token of pod \(pod) could not be made", cause: error)
        }
    }
}

extension StandaloneTokenIssuer: TokenKeySet {
    /// The public key, always the same.
    public func keys(refreshing: Bool) async throws -> [TokenKey] { [publicKey] }
}

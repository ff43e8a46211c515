public import CertificateAuthority
public import FoundationEssentials
public import KubernetesClient
internal import MeshModel

/// The root of the control plane's own servers, apart from the roots of the mesh: a Secret that all replicas share.
///
/// A release before this one kept it beside the root of the mesh, in `osm-ca-bundle`; it is taken over from there, and left
/// there for replicas of that release.
public enum ControlPlaneRoot {
    /// The name of the Secret.
    public static let name = "osm-control-plane-ca"
    private static let commonName = "osm-control-plane-ca.openservicemesh.io"
    private static let former = (
        secret: "osm-ca-bundle", certificate: "control-plane-ca.crt", key: "control-plane-private.key"
    )

    private struct Secret: Decodable {
        let data: [String: Data]?
    }

    /// The root in the Secret, which is made where it does not exist.
    ///
    /// - Parameter namespace: The namespace of the controller.
    /// - Throws: The API server's error, or `CertificateAuthorityError` with the Secret in its message.
    public static func loadOrCreate(
        _ client: KubernetesClient, namespace: String, now: Date
    ) async throws -> CertificateAuthority {
        let secret = RootSecret(client: client, ObjectName(namespace: namespace, name: name))
        if let root = try await secret.load(now: now) { return root }
        let old =
            try await client.get(
                .secret, ObjectName(namespace: namespace, name: former.secret), as: Secret.self)?.data ?? [:]
        var known: (certificate: String, key: String)?
        if let certificate = old[former.certificate], let key = old[former.key] {
            known = (String(decoding: certificate, as: UTF8.self), String(decoding: key, as: UTF8.self))
        }
        return try await secret.loadOrCreate(name: commonName, algorithm: .ecdsaP256, former: known, now: now)
    }
}

public import CertificateAuthority
public import FoundationEssentials
public import KubernetesClient
public import MeshModel

/// The roots of a mesh in a cluster: one Secret that all replicas share.
///
/// The first replica that starts makes it; of several that start together one makes it and all use it. A Secret of the
/// original, which has only the root of the workloads (`ca.crt`, `private.key`), is taken over as it is, and the root of
/// the control plane's own servers is added to it.
public struct ClusterRoots: Sendable {
    /// The root of the workloads' certificates.
    public let mesh: CertificateAuthority
    /// The root of the control plane's own servers.
    public let controlPlane: CertificateAuthority

    private enum Field {
        static let meshCertificate = "ca.crt"
        static let meshKey = "private.key"
        static let controlPlaneCertificate = "control-plane-ca.crt"
        static let controlPlaneKey = "control-plane-private.key"
    }

    private static let meshName = "osm-ca.openservicemesh.io"
    private static let controlPlaneName = "osm-control-plane-ca.openservicemesh.io"
    /// Several replicas may get in each other's way so often.
    private static let attempts = 10

    private struct Secret: Codable {
        struct Metadata: Codable {
            var name: String
            var namespace: String
            var labels: [String: String]?
            var resourceVersion: String?
        }
        var apiVersion: String? = "v1"
        var kind: String? = "Secret"
        var metadata: Metadata
        var type: String?
        var data: [String: Data]?
    }

    /// The roots in a Secret, which is made first, or completed, where that is needed.
    ///
    /// - Parameters:
    ///   - algorithm: The key of a new root of the workloads.
    ///   - now: The time.
    /// - Throws: The API server's error, or `CertificateAuthorityError` with the Secret in its message.
    public static func loadOrCreate(
        _ client: KubernetesClient, secret name: ObjectName, algorithm: KeyAlgorithm, now: Date
    ) async throws -> ClusterRoots {
        for _ in 0..<attempts {
            guard let secret = try await client.get(.secret, name, as: Secret.self) else {
                let data = try completed([:], algorithm, now)
                let metadata = Secret.Metadata(
                    name: name.name, namespace: name.namespace,
                    labels: ["app.kubernetes.io/name": "openservicemesh.io"])
                _ = try await client.create(.secret, name, body: Secret(metadata: metadata, type: "Opaque", data: data))
                continue
            }
            let data = secret.data ?? [:]
            let whole = try completed(data, algorithm, now)
            if whole == data {
                return ClusterRoots(
                    mesh: try root(data, Field.meshCertificate, Field.meshKey, of: name, now),
                    controlPlane: try root(
                        data, Field.controlPlaneCertificate, Field.controlPlaneKey, of: name, now))
            }
            // The version makes it fail where somebody else was quicker; then what that one made is read.
            let metadata = Secret.Metadata(
                name: name.name, namespace: name.namespace, resourceVersion: secret.metadata.resourceVersion)
            do {
                _ = try await client.mergePatch(
                    .secret, name, subresource: nil, body: Secret(metadata: metadata, data: whole))
            } catch let error as KubernetesError where error.code == .conflict {}
        }
        throw OwnedObjectsError(
            .secret, "Secret \(name) changes all the time: find out who else writes it")
    }

    private static func completed(
        _ data: [String: Data], _ algorithm: KeyAlgorithm, _ now: Date
    ) throws -> [String: Data] {
        var data = data
        if data[Field.meshCertificate] == nil, data[Field.meshKey] == nil {
            let (authority, key) = try CertificateAuthority.create(name: meshName, algorithm: algorithm, now: now)
            data[Field.meshCertificate] = Data(authority.rootPEM.utf8)
            data[Field.meshKey] = Data(key.utf8)
        }
        if data[Field.controlPlaneCertificate] == nil, data[Field.controlPlaneKey] == nil {
            let (authority, key) = try CertificateAuthority.create(name: controlPlaneName, now: now)
            data[Field.controlPlaneCertificate] = Data(authority.rootPEM.utf8)
            data[Field.controlPlaneKey] = Data(key.utf8)
        }
        return data
    }

    private static func root(
        _ data: [String: Data], _ certificate: String, _ key: String, of name: ObjectName, _ now: Date
    ) throws -> CertificateAuthority {
        let pem = [key, certificate].map { String(decoding: data[$0] ?? Data(), as: UTF8.self) }.joined(separator: "\n")
        return try CertificateAuthority.read(
            pem: pem, source: "Secret \(name) (\(certificate), \(key))", now: now)
    }
}

import CertificateAuthority
import FoundationEssentials
import KubernetesClient
import Logging
import MeshModel
import OwnedObjects
import PolicyCompiler

extension ClusterRoots {
    /// How long the server's certificate is valid; each start makes a new one.
    private static let serverValidity = Duration.seconds(365 * 24 * 3600)

    /// The roots in the mesh's Secret; waits for an API server that does not answer yet.
    ///
    /// - Throws: Why the Secret cannot be used, or `CancellationError`.
    static func loadOrCreate(
        waitingFor client: KubernetesClient, _ settings: MeshSettings, algorithm: KeyAlgorithm, logger: Logger
    ) async throws -> ClusterRoots {
        let secret = ObjectName(namespace: settings.osmNamespace, name: "osm-ca-bundle")
        while true {
            do {
                return try await loadOrCreate(client, secret: secret, algorithm: algorithm, now: Date())
            } catch let error as KubernetesError {
                logger.warning(
                    "the roots of the mesh cannot be read: it is tried again",
                    metadata: ["object": "Secret \(secret)", "error": "\(error)"])
                try await Task.sleep(for: .seconds(2))
            }
        }
    }

    /// A certificate for the server, in the only name that proxies accept.
    func serverCertificate(of settings: MeshSettings, now: Date) throws -> IssuedCertificate {
        try controlPlane.issueServer(
            dnsName: "osm-controller.\(settings.osmNamespace).svc", validity: Self.serverValidity, now: now)
    }
}

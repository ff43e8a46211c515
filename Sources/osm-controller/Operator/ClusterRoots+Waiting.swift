import CertificateAuthority
import FoundationEssentials
import KubernetesClient
import Logging
import MeshModel
import OwnedObjects
import PolicyCompiler

extension ClusterRoots {
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

    /// The certificate of the servers, in the only names by which proxies and the API server accept them.
    ///
    /// - Parameter addresses: By which an API server outside the cluster's network reaches the webhooks.
    func servingCertificate(
        of settings: MeshSettings, addresses: [IPAddress], validity: Duration, logger: Logger
    ) throws -> ServingCertificateService {
        try ServingCertificateService(
            controlPlane,
            dnsNames: ["osm-controller", "osm-injector", "osm-validator"].map { "\($0).\(settings.osmNamespace).svc" },
            addresses: addresses, validity: validity, logger: logger)
    }
}

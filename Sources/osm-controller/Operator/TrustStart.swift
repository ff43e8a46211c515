import CertificateAuthority
import FoundationEssentials
import KubernetesClient
import Logging
import MeshModel
import PolicyCompiler
import Synchronization

extension CertificateAuthority {
    /// The certificate of the servers, in the only names by which proxies and the API server accept them.
    ///
    /// - Parameter addresses: By which an API server outside the cluster's network reaches the webhooks.
    func servingCertificate(
        of settings: MeshSettings, addresses: [IPAddress], validity: Duration, logger: Logger
    ) throws -> ServingCertificateService {
        try ServingCertificateService(
            self,
            dnsNames: ["osm-controller", "osm-injector", "osm-validator"].map { "\($0).\(settings.osmNamespace).svc" },
            addresses: addresses, validity: validity, logger: logger)
    }
}

extension WorkloadCertificates {
    /// The certificates of the root that signs by a state; of none, where its key cannot be had.
    ///
    /// - Throws: `CancellationError`.
    convenience init(following state: TrustState, _ wishes: RootWishes, logger: Logger) async throws {
        let signer: WorkloadSigner? = try await ClusterTrust.waiting(logger) {
            guard let signer = state.signer else { return nil }
            do {
                return try await wishes.signer(of: signer, now: Date())
            } catch let error as KubernetesError {
                throw error
            } catch {
                logger.error(
                    "the root that signs cannot be used: proxies keep what they have, and new ones wait",
                    metadata: ["error": "\(error)"])
                return nil
            }
        }
        self.init(signer: signer, trustDomain: state.signer?.trustDomain ?? "cluster.local")
    }
}

/// Who asks whether this replica leads before the election is there.
final class Leadership: Sendable {
    private let election = Mutex<LeaderElection?>(nil)

    /// Whether this replica leads.
    var isHeld: Bool { election.withLock { $0 }?.isLeader ?? false }

    /// The election to ask.
    func follow(_ election: LeaderElection) { self.election.withLock { $0 = election } }
}

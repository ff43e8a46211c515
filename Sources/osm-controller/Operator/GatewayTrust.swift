import CertificateAuthority
import ControlLoop
import FoundationEssentials
import MeshModel
import OwnedObjects
import Synchronization

/// What the certificate of the ingress gateway depends on in this process, and what is found out about it.
final class GatewayTrust: Sendable {
    /// What it is called where those are counted that wait for an issuer; no pod has such a uid.
    private static let waiter = "ingress gateway"

    /// What is known of it.
    let holding: GatewayHolding
    private let trust: ClusterTrust
    private let wishes: RootWishes
    private let directory: WorkloadDirectory
    private let found = Mutex<GatewayCertificateWriter.Finding?>(nil)

    /// What it depends on.
    ///
    /// - Parameters:
    ///   - status: Told what is found out about the object that asks for it.
    ///   - meshConfig: That object.
    init(
        holding: GatewayHolding, trust: ClusterTrust, wishes: RootWishes, directory: WorkloadDirectory,
        status: StatusBoard, meshConfig: ObjectName
    ) {
        self.holding = holding
        self.trust = trust
        self.wishes = wishes
        self.directory = directory
        status.consult(about: ObjectKey(kind: .meshConfig, name: meshConfig)) { [weak self] generation in
            self?.finding(of: generation) ?? .fine
        }
    }

    /// What its writer is told, and asks.
    var surroundings: GatewayCertificateWriter.Surroundings {
        .init(
            wish: { [directory] in directory.meshConfig.map { (GatewayWish($0), $0.metadata.generation) } },
            trust: { [trust] in trust.current },
            issue: { [self] in try await issue($0, $1, $2) },
            isInMesh: { [directory] in directory.hasProxy(runningAs: $0) },
            onFinding: { [self] finding in found.withLock { $0 = finding } })
    }

    /// What is known of the Secret that a generation of the configuration names.
    private func finding(of generation: Int64) -> StatusBoard.Finding {
        guard directory.meshConfig?.certificate.ingressGateway != nil else { return .fine }
        guard let found = found.withLock({ $0 }), found.generation == generation else {
            return .pending("the certificate of the ingress gateway is looked after")
        }
        return found.problem.map { .problem($0) } ?? .fine
    }

    /// Has a certificate issued by whoever signs.
    ///
    /// - Throws: The API server's error, `IssuerFailure` or `CertificateAuthorityError`.
    private func issue(
        _ names: [String], _ validity: Duration, _ root: TrustState.Root
    ) async throws -> IssuedCertificate {
        let now = Date()
        switch try await wishes.signer(of: root, now: now) {
        case .authority(let authority): return try authority.issueGateway(names: names, validity: validity, now: now)
        case .issuer(let issuer, let root, _):
            return try await issuer.issue(
                LeafRequest(.gateway(names), validity: validity), to: Self.waiter, under: root, now: now)
        }
    }
}

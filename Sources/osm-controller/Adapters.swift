import AdmissionServer
import CertificateAuthority
import ControlLoop
import EnvoyTranslator
import FoundationEssentials
import MeshModel
import ProxyIdentity
import XDSCache
import XDSServer

// Modules that do not know each other meet here; each adapter only hands on.

/// The control loop's directory, as the verifier of tokens asks it.
struct PodRegister: PodDirectory {
    private let directory: WorkloadDirectory

    init(_ directory: WorkloadDirectory) { self.directory = directory }

    func pod(_ name: ObjectName, uid: String, waitingAtMost limit: Duration) async -> KnownPod? {
        await directory.pod(name, uid: uid, waitingAtMost: limit).map { KnownPod(uid: $0.uid, identity: $0.identity) }
    }

    func serviceAccountUID(_ name: ObjectName) async -> String? { directory.serviceAccountUID(name) }
}

/// The verifier of tokens, as the server asks it.
struct TokenAuthenticator: ProxyAuthenticator {
    let verifier: ProxyTokenVerifier

    func authenticate(bearerToken: String) async throws -> AuthenticatedProxy {
        let verified = try await verifier.verify(bearerToken, now: Date())
        return AuthenticatedProxy(
            proxy: ProxyID(pod: verified.pod, uid: verified.podUID), identity: verified.identity,
            expiry: verified.expiry)
    }
}

/// The certificates of workloads, as the server asks for them.
struct WorkloadSecrets: WorkloadSecretSource {
    private let certificates: WorkloadCertificates
    private let now: @Sendable () -> Date

    init(_ certificates: WorkloadCertificates, now: @escaping @Sendable () -> Date = { Date() }) {
        self.certificates = certificates
        self.now = now
    }

    var signer: String { certificates.series }

    func workloadSecret(
        for proxy: AuthenticatedProxy, currentVersion: String?
    ) throws -> WorkloadSecretOffer {
        let offer = try certificates.secret(for: proxy.identity, currentVersion: currentVersion, now: now())
        switch offer {
        case .current: return .current(renewal: renewal(currentVersion ?? "", proxy))
        case .issued(let certificate, let version):
            return .issued(Self.secret(certificate, version), renewal: renewal(version, proxy))
        case .elsewhere: return .elsewhere
        }
    }

    func fetchWorkloadSecret(for proxy: AuthenticatedProxy) async -> FetchedWorkloadSecret {
        switch await certificates.fetch(for: proxy.identity, as: proxy.proxy.uid, now: now()) {
        case .issued(let certificate, let version):
            .issued(Self.secret(certificate, version), renewal: renewal(version, proxy))
        case .unavailable(let wait, let reason): .unavailable(retryAfter: wait, reason: reason)
        }
    }

    func withdraw(_ proxy: AuthenticatedProxy) { certificates.withdraw(proxy.proxy.uid) }

    private func renewal(_ version: String, _ proxy: AuthenticatedProxy) -> Date {
        certificates.renewal(ofVersion: version, proxy: proxy.proxy.uid) ?? .distantFuture
    }

    private static func secret(_ certificate: IssuedCertificate, _ version: String) -> Resource {
        .workloadSecret(
            certificateChainPEM: certificate.certificateChainPEM, privateKeyPEM: certificate.privateKeyPEM,
            version: version)
    }
}

/// The control loop's directory, as webhooks ask it.
struct DirectoryFacts: AdmissionFacts {
    let directory: WorkloadDirectory

    var meshConfig: MeshConfig? { directory.meshConfig }

    func meshNamespace(_ name: String, waitingAtMost limit: Duration) async -> Namespace? {
        await directory.meshNamespace(name, waitingAtMost: limit)
    }

    func rivals(of object: any MeshObject) -> [ObjectName] { directory.rivals(of: object) }
}

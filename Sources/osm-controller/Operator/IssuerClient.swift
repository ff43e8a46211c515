import CertificateAuthority
import CertificateIssuers
import FoundationEssentials
import KubernetesClient
import Logging
import MeshModel
import OwnedObjects

/// An issuer elsewhere with its gate, and what is remembered of it.
struct IssuerClient: Sendable {
    private let issuer: any CertificateIssuer
    /// For questions about its root: what it gives under one root says nothing of another.
    let learning: GatedIssuer
    /// For certificates under the root that signs, and that root's identifier.
    private var signing: (gate: GatedIssuer, root: String)?
    let vault: VaultIssuer?
    private let certManager: CertManagerIssuer?
    /// Ends ``tend()``.
    let end: AsyncStream<Never>.Continuation
    private let ended: AsyncStream<Never>
    /// When somebody last used it.
    var used = ContinuousClock.now
    private var probed = ContinuousClock.now
    private var isProbing = false
    /// Why the last question of its own was refused; `nil` if it was not.
    private var probeRefusal: IssuerFailure?
    /// Why somebody was refused, as it was told while that lasts.
    private var toldRefusal: IssuerFailure?
    /// What was told of its present failure, and how long it was left alone at most.
    private var told: (failure: IssuerFailure, wait: Duration)?

    /// A client; nothing is sent yet.
    ///
    /// - Throws: `IssuerFailure` with the code `configuration`.
    init(
        _ key: ExternalIssuers.Key, _ client: KubernetesClient, namespace: String, logger: Logger
    ) throws(IssuerFailure) {
        let probe = key.probe(in: namespace)
        (ended, end) = AsyncStream.makeStream()
        switch key.source {
        case .secret(let name):
            throw IssuerFailure(.configuration, "the root in Secret \(name) is the controller's own")
        case .vault(let settings):
            let token = settings.token
            let issuer = try VaultIssuer(
                VaultSettings(
                    scheme: settings.scheme == "https" ? .https : .http, host: settings.host, port: settings.port,
                    mount: settings.mount, role: settings.role),
                token: SecretTokenSource(
                    client, secret: ObjectName(namespace: token.namespace, name: token.name), key: token.key),
                probe: probe, logger: logger)
            (self.issuer, vault, certManager) = (issuer, issuer, nil)
        case .certManager(let reference):
            let issuer = CertManagerIssuer(
                .init(name: reference.name, kind: reference.kind, group: reference.group), namespace: namespace,
                client: client, probe: probe)
            (self.issuer, vault, certManager) = (issuer, nil, issuer)
        }
        learning = GatedIssuer(self.issuer)
    }

    /// The gate for certificates under a root.
    mutating func gate(under root: String) -> GatedIssuer {
        if let signing, signing.root == root { return signing.gate }
        let gate = GatedIssuer(issuer)
        (signing, told, probed, probeRefusal) = ((gate, root), nil, .now, nil)
        return gate
    }

    /// Whether a question goes on.
    var isAsked: Bool { learning.standing.questions > 0 || (signing?.gate.standing.questions ?? 0) > 0 }

    /// Keeps what opens it alive until it is dropped or the task is cancelled, and closes its connections then.
    func tend() async {
        guard let vault else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await vault.run() }
            group.addTask { [ended] in for await _ in ended {} }
            await group.next()
            group.cancelAll()
        }
        await vault.shutdown()
    }

    /// How often it is asked for a certificate of the controller's own while it refuses others theirs.
    private static let comparison = Duration.seconds(15)

    /// Whether it is to be asked, though nobody needs a certificate; if so it is taken to be asked now.
    ///
    /// Where it has failed and nobody waits, nobody else would find out that it is back; where it refuses some, the answer
    /// tells whether it refuses everybody.
    mutating func beginProbe(every interval: Duration, at now: ContinuousClock.Instant) -> Bool {
        guard let standing = signing?.gate.standing else { return false }
        let isForgotten = !standing.isUp && standing.waiting == 0 && standing.retryAfter == nil
        let interval = standing.refused > 0 ? min(interval, Self.comparison) : interval
        guard !isProbing, isForgotten || now - probed >= interval else { return false }
        (isProbing, probed) = (true, now)
        return true
    }

    /// Asks for a certificate under the root that signs, and clears away what earlier questions left behind.
    ///
    /// - Returns: Why it was refused; `nil` if it was not.
    func probe(_ root: TrustState.Root, _ request: LeafRequest) async -> IssuerFailure? {
        var refusal: IssuerFailure?
        if let certificate = try? IssuerRoot(pem: root.pem, now: Date()), let signing, signing.root == root.id {
            do throws(IssuerFailure) {
                _ = try await signing.gate.issue(request, under: certificate, now: Date())
            } catch {
                // What else comes of it is in the gate's standing.
                if error.code == .refused { refusal = error }
            }
        }
        _ = try? await certManager?.removeLeftovers(now: Date())
        return refusal
    }

    /// How it stands as the issuer that signs; `nil` where it does not.
    var standing: GatedIssuer.Standing? { signing?.gate.standing }

    /// The question of ``probe(_:_:)`` has ended.
    mutating func endProbe(_ refusal: IssuerFailure?) { (isProbing, probeRefusal) = (false, refusal) }

    /// What is wrong with it, in words that stay the same while it is.
    mutating func trouble(named name: String) -> IssuerTrouble? {
        guard let standing = signing?.gate.standing, !standing.isUp, let failure = standing.failure else {
            told = nil
            return refusal(named: name).flatMap { isOfAll, refusal in isOfAll ? refusal : nil }
        }
        // What it says to one workload differs from what it says to another.
        let former = told.flatMap { $0.failure.code == failure.code ? $0 : nil } ?? (failure, .zero)
        let wait = max(former.wait, standing.retryAfter ?? .zero)
        told = (former.failure, wait)
        let own = isProbing && standing.questions > 0 ? 1 : 0
        return IssuerTrouble(
            issuer: name, failure: former.failure, waiting: max(0, standing.waiting - own), wait: wait)
    }

    /// Whom it refuses certificates though it answers, in words that stay the same while it does; `nil` for nobody.
    ///
    /// - Returns: Whether it refuses the controller its own, too: then nobody has any luck.
    mutating func refusal(named name: String) -> (isOfAll: Bool, IssuerTrouble)? {
        guard let standing = signing?.gate.standing, standing.isUp, let failure = standing.refusal else {
            toldRefusal = nil
            return nil
        }
        let told = toldRefusal ?? failure
        toldRefusal = told
        return (
            probeRefusal != nil,
            IssuerTrouble(
                issuer: name, failure: probeRefusal ?? told, waiting: standing.refused,
                wait: IssuerGate<String>.longestWait)
        )
    }
}

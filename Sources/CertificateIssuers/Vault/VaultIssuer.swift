public import CertificateAuthority
public import FoundationEssentials
public import Logging
internal import NIOHTTP1
internal import Synchronization

/// Has certificates issued by the engine for certificates of a HashiCorp Vault.
///
/// ``run()`` keeps the token alive and must go on meanwhile; ``shutdown()`` must be called before it is dropped.
public final class VaultIssuer: CertificateIssuer {
    struct State {
        var token: VaultToken?
        var lastRead: ContinuousClock.Instant?
        var lease: TokenLease?
        var isWarned = false
    }

    let settings: VaultSettings
    let connection: VaultConnection
    let source: any VaultTokenSource
    let timing: VaultTiming
    let logger: Logger
    let state = Mutex(State())
    private let probe: LeafRequest

    /// An issuer; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - settings: Where it is.
    ///   - source: Where its token is.
    ///   - probe: What is asked for to learn the root: a workload that is allowed to be in the mesh. The key is thrown
    ///     away.
    ///   - logger: Tells when the token cannot be renewed.
    /// - Throws: `IssuerFailure` with the code `configuration`.
    public convenience init(
        _ settings: VaultSettings, token source: any VaultTokenSource, probe: LeafRequest, logger: Logger
    ) throws(IssuerFailure) {
        try self.init(settings, token: source, probe: probe, timing: VaultTiming(), logger: logger)
    }

    init(
        _ settings: VaultSettings, token source: any VaultTokenSource, probe: LeafRequest, timing: VaultTiming,
        logger: Logger
    ) throws(IssuerFailure) {
        self.settings = settings
        self.source = source
        self.probe = probe
        self.timing = timing
        self.logger = logger
        connection = try VaultConnection(settings, timing)
    }

    /// The certificate that issues under the role: what Vault says of one that it issues for the purpose.
    ///
    /// Which of a mount's issuers a role uses only the role tells, which policies seldom let anybody read. The question
    /// also shows that the token and the role are good for workloads.
    ///
    /// - Throws: `IssuerFailure`.
    public func root() async throws(IssuerFailure) -> IssuerRoot {
        let clock = RunningClock(Date())
        let answer = try await ask(for: probe, under: nil, at: clock)
        let root = try answer.root(
            at: clock, advice: "see that its engine has an issuer with its certificate")
        _ = try await answer.certificate(of: probe, under: root, at: clock)
        return root
    }

    /// A key and a certificate.
    ///
    /// It is valid for less time than asked for where the role says so.
    ///
    /// - Throws: `IssuerFailure`.
    public func issue(
        _ request: LeafRequest, under root: IssuerRoot, now: Date
    ) async throws(IssuerFailure) -> IssuedCertificate {
        let clock = RunningClock(now)
        return try await ask(for: request, under: root, at: clock).certificate(of: request, under: root, at: clock)
    }

    /// Closes all connections; what goes on fails.
    public func shutdown() async { await connection.shutdown() }

    private func ask(
        for request: LeafRequest, under root: IssuerRoot?, at clock: RunningClock
    ) async throws(IssuerFailure) -> IssuerAnswer {
        let signing = settings.method == .sign ? try SigningRequest(request) : nil
        let question = try VaultQuestion(request, signing, seconds: request.seconds(under: root, at: clock.now))
        let answer = try await authorized { (token) async throws(IssuerFailure) in
            try await self.answer(
                VaultCertificate.self, to: .POST, self.settings.issuingPath, question, token, about: request)
        }
        guard let key = signing?.privateKeyPEM ?? answer.data.privateKey else {
            throw IssuerFailure(.malformed, "\(settings.name) issued a certificate without a key")
        }
        // A mount with one certificate and an old Vault tell no chain.
        let above = answer.data.chain ?? []
        let all = [answer.data.certificate] + (above.isEmpty ? [answer.data.issuingCA ?? ""] : above)
        return IssuerAnswer(
            certificates: all.filter { !$0.isEmpty }, privateKeyPEM: key, issuerPEM: answer.data.issuingCA)
    }
}

extension VaultQuestion {
    /// The question for a workload's certificate.
    init(_ request: LeafRequest, _ signing: SigningRequest?, seconds: Int64) throws(IssuerFailure) {
        do {
            let names = try request.dnsNames
            let uris = try request.uris
            let commonName = try request.commonName
            // A name that is too long for a common name is another kind of name alone.
            let isShort = names == [commonName]
            self.init(
                signingRequest: signing?.pem, commonName: commonName,
                dnsNames: isShort && signing == nil ? nil : names.joined(separator: ","),
                uris: uris.isEmpty ? nil : uris.joined(separator: ","), excludesCommonName: isShort ? nil : true,
                validity: "\(seconds)s", keyFormat: signing == nil ? "pkcs8" : nil)
        } catch let error as CertificateAuthorityError {
            throw IssuerFailure(.refused, error.message)
        } catch {
            throw IssuerFailure(.refused, "\(request.holder) has no names that can be asked for")
        }
    }
}

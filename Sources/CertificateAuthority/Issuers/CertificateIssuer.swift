public import FoundationEssentials
public import MeshModel

/// What a workload's certificate is to be.
public struct LeafRequest: Hashable, Sendable {
    /// Whose it is.
    public var identity: ServiceIdentity
    /// The last part of its names.
    public var trustDomain: String
    /// How long it is to be valid.
    public var validity: Duration
    /// Whether it has the SPIFFE identity beside its DNS name; an issuer may not be allowed to give it.
    public var hasURI: Bool

    /// A request.
    public init(identity: ServiceIdentity, trustDomain: String, validity: Duration, hasURI: Bool = true) {
        self.identity = identity
        self.trustDomain = trustDomain
        self.validity = validity
        self.hasURI = hasURI
    }

    /// The subject's common name: the DNS name where that is short enough.
    ///
    /// - Throws: `CertificateAuthorityError` with the code `name`.
    public var commonName: String { get throws { try names.commonName } }

    /// The names of DNS, one.
    ///
    /// - Throws: `CertificateAuthorityError` with the code `name`.
    public var dnsNames: [String] { get throws { [try names.dns] } }

    /// The URIs, one or none.
    ///
    /// - Throws: `CertificateAuthorityError` with the code `name`.
    public var uris: [String] { get throws { hasURI ? [try names.uri] : [] } }

    private var names: WorkloadNames { get throws { try WorkloadNames(identity, trustDomain: trustDomain) } }
}

/// Whoever signs the certificates of workloads: a root that the controller holds, or a service elsewhere.
///
/// What a service answers is checked before anybody gets it, by ``IssuedCertificate/init(checking:privateKeyPEM:of:under:now:)``.
public protocol CertificateIssuer: Sendable {
    /// The root to which everything leads that it issues now.
    ///
    /// - Throws: `IssuerFailure`.
    func root() async throws(IssuerFailure) -> IssuerRoot

    /// A key and a certificate of exactly the names that are asked for, never of others.
    ///
    /// - Parameters:
    ///   - request: What is asked for.
    ///   - root: Where it must lead.
    ///   - now: The time.
    /// - Throws: `IssuerFailure`.
    func issue(
        _ request: LeafRequest, under root: IssuerRoot, now: Date
    ) async throws(IssuerFailure) -> IssuedCertificate

    /// The same, for somebody who comes back under the same name until it has a certificate or is withdrawn.
    ///
    /// - Parameters:
    ///   - request: What is asked for.
    ///   - name: Who asks; one question of a name goes on at a time.
    ///   - root: Where it must lead.
    ///   - now: The time.
    /// - Throws: `IssuerFailure`.
    func issue(
        _ request: LeafRequest, to name: String, under root: IssuerRoot, now: Date
    ) async throws(IssuerFailure) -> IssuedCertificate

    /// Somebody does not come back.
    func withdraw(_ name: String)
}

extension CertificateIssuer {
    /// Asks without a name: for issuers that do not count who waits.
    public func issue(
        _ request: LeafRequest, to name: String, under root: IssuerRoot, now: Date
    ) async throws(IssuerFailure) -> IssuedCertificate {
        try await issue(request, under: root, now: now)
    }

    /// Does nothing: for issuers that do not count who waits.
    public func withdraw(_ name: String) {}
}

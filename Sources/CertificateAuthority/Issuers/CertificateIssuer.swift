public import FoundationEssentials
public import MeshModel

/// What a certificate is to be that is no authority's.
public struct LeafRequest: Hashable, Sendable {
    /// Whose a certificate is.
    public enum Holder: Hashable, Sendable, CustomStringConvertible {
        /// A workload of a trust domain, with its SPIFFE identity beside its DNS name where an issuer may give it.
        case workload(ServiceIdentity, trustDomain: String, hasURI: Bool)
        /// The ingress gateway, by its names.
        case gateway([String])

        /// What it is called in messages.
        public var description: String {
            switch self {
            case .workload(let identity, _, _): "\(identity)"
            case .gateway(let names): "the ingress gateway \(names.first ?? "")"
            }
        }
    }

    /// Whose it is.
    public var holder: Holder
    /// How long it is to be valid.
    public var validity: Duration

    /// A request.
    public init(_ holder: Holder, validity: Duration) {
        self.holder = holder
        self.validity = validity
    }

    /// A request for a workload.
    ///
    /// - Parameter hasURI: Whether it has the SPIFFE identity beside its DNS name; an issuer may not be allowed to give it.
    public init(identity: ServiceIdentity, trustDomain: String, validity: Duration, hasURI: Bool = true) {
        self.init(.workload(identity, trustDomain: trustDomain, hasURI: hasURI), validity: validity)
    }

    /// The subject's common name: the first DNS name where that is short enough.
    ///
    /// - Throws: `CertificateAuthorityError` with the code `name`.
    public var commonName: String {
        get throws {
            switch holder {
            case .workload(let identity, let domain, _): try WorkloadNames(identity, trustDomain: domain).commonName
            case .gateway(let names): try GatewayNames(names).commonName
            }
        }
    }

    /// The names of DNS: one of a workload, any number of a gateway.
    ///
    /// - Throws: `CertificateAuthorityError` with the code `name`.
    public var dnsNames: [String] {
        get throws {
            switch holder {
            case .workload(let identity, let domain, _): [try WorkloadNames(identity, trustDomain: domain).dns]
            case .gateway(let names): try GatewayNames(names).dns
            }
        }
    }

    /// The URIs, one or none.
    ///
    /// - Throws: `CertificateAuthorityError` with the code `name`.
    public var uris: [String] {
        get throws {
            guard case .workload(let identity, let domain, true) = holder else { return [] }
            return [try WorkloadNames(identity, trustDomain: domain).uri]
        }
    }
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

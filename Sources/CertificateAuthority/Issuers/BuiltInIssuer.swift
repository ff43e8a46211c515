public import FoundationEssentials

/// Issues with a root that the controller holds: at once, and always the same.
public struct BuiltInIssuer: CertificateIssuer {
    private let authority: CertificateAuthority
    private let issuerRoot: IssuerRoot

    /// An issuer.
    ///
    /// - Throws: `IssuerFailure` with the code `unusableRoot`.
    public init(_ authority: CertificateAuthority, now: Date) throws(IssuerFailure) {
        self.authority = authority
        issuerRoot = try IssuerRoot(authority, now: now)
    }

    /// The root.
    public func root() async throws(IssuerFailure) -> IssuerRoot { issuerRoot }

    /// A key and a certificate.
    ///
    /// - Throws: `IssuerFailure`.
    public func issue(
        _ request: LeafRequest, under root: IssuerRoot, now: Date
    ) async throws(IssuerFailure) -> IssuedCertificate {
        guard root.id == issuerRoot.id else {
            throw IssuerFailure(.wrongRoot, "the root \(issuerRoot.id) signs nothing that leads to \(root.id)")
        }
        do {
            return try authority.issue(request, now: now)
        } catch let error as CertificateAuthorityError {
            throw IssuerFailure(error.code == .validity ? .unusableRoot : .refused, error.message)
        } catch {
            throw IssuerFailure(.refused, "\(error)")
        }
    }
}

public import FoundationEssentials

/// Who signs the certificates of workloads.
public enum WorkloadSigner: Sendable {
    /// The controller, with a root whose key it has.
    case authority(CertificateAuthority)
    /// Somebody elsewhere, whose certificates must lead to a root.
    ///
    /// They carry the SPIFFE identity beside the DNS name only where that is asked for.
    case issuer(any CertificateIssuer, root: IssuerRoot, hasURI: Bool)

    /// The identifier of the root.
    public var id: String {
        switch self {
        case .authority(let authority): authority.identifier
        case .issuer(_, let root, _): root.id
        }
    }

    /// Until when the root is valid.
    public var notAfter: Date {
        switch self {
        case .authority(let authority): authority.notAfter
        case .issuer(_, let root, _): root.notAfter
        }
    }

    /// Whether certificates carry the SPIFFE identity.
    var hasURI: Bool {
        switch self {
        case .authority: true
        case .issuer(_, _, let hasURI): hasURI
        }
    }

    /// The end of a certificate's validity, in seconds since 1970, from which on another one would not last longer.
    ///
    /// Who is elsewhere is asked for a second less, and may round.
    var lastEnd: Int64 {
        switch self {
        case .authority(let authority): Int64(authority.notAfter.timeIntervalSince1970)
        case .issuer(_, let root, _): Int64(root.notAfter.timeIntervalSince1970) - 5
        }
    }
}

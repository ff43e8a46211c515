internal import MeshModel

/// The names that a workload's certificate carries, and nobody else's.
///
/// The control plane's own names are those below ``controlPlaneDomain``. A workload's DNS name ends in its trust
/// domain, and no trust domain is, or lies below, that domain: so the two sets of names have nothing in common.
struct WorkloadNames: Sendable {
    /// The last label of every name of the control plane, `<service>.<namespace>.svc`.
    static let controlPlaneDomain = "svc"
    /// The longest common name that X.509 knows.
    private static let commonNameLimit = 64

    /// The SPIFFE identity.
    let uri: String
    /// The DNS name, as proxies of the original mesh know the workload.
    ///
    /// An account's name may have labels longer than the 63 characters of the DNS, and the whole may have more than
    /// 253: nothing resolves this name, peers compare it as a text.
    let dns: String

    /// The names of an identity.
    ///
    /// - Throws: `CertificateAuthorityError` with the code `name`.
    init(_ identity: ServiceIdentity, trustDomain: String) throws {
        guard Self.isDomain(trustDomain), trustDomain.utf8.count <= 253 else {
            throw CertificateAuthorityError(
                .name,
                "the trust domain `\(trustDomain)` is no DNS name in small letters: choose one such as cluster.local")
        }
        guard trustDomain.split(separator: ".").last != Substring(Self.controlPlaneDomain) else {
            throw CertificateAuthorityError(
                .name,
                "the trust domain `\(trustDomain)` ends in `svc`, where workloads could bear the"
                    + " name of the control plane: choose one such as cluster.local")
        }
        // A dot or a slash in the wrong place would make two identities one.
        guard Self.isDomain(identity.serviceAccount), identity.serviceAccount.utf8.count <= 253,
            Self.isDomain(identity.namespace), !identity.namespace.contains("."), identity.namespace.utf8.count <= 63
        else {
            throw CertificateAuthorityError(
                .name, "ServiceAccount \(identity) has no name that Kubernetes would allow: rename it")
        }
        uri = identity.spiffeURI(trustDomain: trustDomain)
        dns = identity.dnsName(trustDomain: trustDomain)
    }

    /// The subject's common name: the DNS name where it fits, else a digest of the URI.
    var commonName: String { dns.utf8.count <= Self.commonNameLimit ? dns : "workload-\(longDigest)" }

    /// Stands for the names in a version.
    ///
    /// - Parameter hasURI: Whether the SPIFFE identity is one of them.
    func digest(hasURI: Bool = true) -> String {
        CertificateAuthority.digest(of: (hasURI ? "\(uri),\(dns)" : dns).utf8, bytes: 8)
    }

    private var longDigest: String { CertificateAuthority.digest(of: uri.utf8, bytes: 16) }

    /// Whether a text is labels of small letters, digits and inner hyphens with dots between them; of any length.
    static func isDomain(_ text: String) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            label.utf8.first.map { $0 != UInt8(ascii: "-") } ?? false && label.utf8.last != UInt8(ascii: "-")
                && label.utf8.allSatisfy {
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
                }
        }
    }
}

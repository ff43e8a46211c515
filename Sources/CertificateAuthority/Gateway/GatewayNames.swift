/// The names that the certificate of an ingress gateway carries.
struct GatewayNames: Sendable {
    /// The longest common name that X.509 knows.
    private static let commonNameLimit = 64

    /// The DNS names, in the order of their author; at least one.
    let dns: [String]
    /// The subject's common name: the first name where it fits, else a digest of it.
    let commonName: String

    /// The names, in small letters; none lies below `svc`, where the control plane has its own.
    ///
    /// - Throws: `CertificateAuthorityError` with the code `name`.
    init(_ names: [String]) throws {
        guard let first = names.first else {
            throw CertificateAuthorityError(.name, "the certificate of a gateway has at least one name")
        }
        for name in names {
            let labels = name.split(separator: ".", omittingEmptySubsequences: false)
            guard WorkloadNames.isDomain(name), name.utf8.count <= 253, labels.allSatisfy({ $0.utf8.count <= 63 })
            else {
                throw CertificateAuthorityError(
                    .name,
                    "`\(name)` is no DNS name in small letters: choose one such as gateway.edge.cluster.local")
            }
            guard labels.last != Substring(WorkloadNames.controlPlaneDomain) else {
                throw CertificateAuthorityError(
                    .name, "`\(name)` ends in `svc`, as the names of the control plane do: choose another")
            }
        }
        dns = names
        commonName =
            first.utf8.count <= Self.commonNameLimit
            ? first : "gateway-\(CertificateAuthority.digest(of: first.utf8, bytes: 16))"
    }
}

public import FoundationEssentials

/// What tells a workload's certificates apart, written `<issuer>/<notAfter>/<digest of the names>/<validity>`.
///
/// Controllers before this one wrote it without the validity: what they issued is renewed by the configured one.
/// It says all that a decision about renewal needs, so a proxy that reconnects, also to a controller that never saw it,
/// is issued nothing while what it has is good.
struct CertificateVersion: Hashable, CustomStringConvertible {
    /// The identifier of the root that signed.
    let issuer: String
    /// The end of the validity in seconds since 1970.
    let notAfter: Int64
    /// The digest of the names.
    let names: String
    /// How long it was valid when it was issued, in seconds; `nil` where the version does not say.
    let validity: Int64?

    init(issuer: String, notAfter: Date, names: String, validity: Int64) {
        self.issuer = issuer
        self.notAfter = Int64(notAfter.timeIntervalSince1970)
        self.names = names
        self.validity = validity
    }

    /// The version that a proxy says it has; `nil` if it is none of ours.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (3...4).contains(parts.count), let notAfter = Int64(parts[1]), (0...253_402_300_799).contains(notAfter)
        else {
            return nil
        }
        issuer = String(parts[0])
        self.notAfter = notAfter
        names = String(parts[2])
        if parts.count == 4 {
            guard let validity = Int64(parts[3]), (1...253_402_300_799).contains(validity) else { return nil }
            self.validity = validity
        } else {
            validity = nil
        }
    }

    var description: String { "\(issuer)/\(notAfter)/\(names)\(validity.map { "/\($0)" } ?? "")" }
}

extension WorkloadCertificates {
    /// Until when what has a version is valid; `nil` if the version is none of ours.
    public static func notAfter(ofVersion version: String) -> Date? {
        CertificateVersion(version).map { Date(timeIntervalSince1970: TimeInterval($0.notAfter)) }
    }
}

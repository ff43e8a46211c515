internal import CertificateAuthority
internal import FoundationEssentials

/// What has become of a CertificateRequest: pure.
enum CertificateRequestVerdict: Sendable {
    /// Nobody has decided yet; what stands in the way, if somebody says so.
    case pending(String)
    /// It is signed: the certificates in PEM form, and that of the issuer, empty where the issuer says nothing.
    case signed(certificates: String, issuer: String)
    /// It never will be.
    case failed(IssuerFailure)

    /// The verdict on a status.
    ///
    /// - Parameters:
    ///   - status: The status; `nil` for none yet.
    ///   - issuer: What messages call the issuer.
    init(_ status: CertificateRequest.Status?, of issuer: String) {
        let conditions = status?.conditions ?? []
        func condition(_ type: String, _ value: String) -> CertificateRequest.Condition? {
            conditions.first { $0.type == type && $0.status == value }
        }
        func refusal(_ what: String, _ condition: CertificateRequest.Condition) -> CertificateRequestVerdict {
            let said = IssuerFailure.quoted("\(condition.reason ?? ""): \(condition.message ?? "")")
            return .failed(IssuerFailure(.refused, "\(issuer) \(what) (\(said))"))
        }
        if let denied = condition("Denied", "True") {
            self = refusal("was not allowed to sign, by an approver: see its policies", denied)
        } else if let invalid = condition("InvalidRequest", "True") {
            self = refusal("takes the request for an invalid one", invalid)
        } else if condition("Ready", "True") != nil {
            guard let bytes = status?.certificate, !bytes.isEmpty else {
                self = .failed(IssuerFailure(.malformed, "\(issuer) says that it signed, and gives no certificate"))
                return
            }
            self = .signed(
                certificates: String(decoding: bytes, as: UTF8.self),
                issuer: String(decoding: status?.ca ?? Data(), as: UTF8.self))
        } else if let ready = condition("Ready", "False"), ready.reason == "Failed" || ready.reason == "Denied" {
            self = refusal("could not sign", ready)
        } else {
            let ready = conditions.first { $0.type == "Ready" }
            let isApproved = condition("Approved", "True") != nil
            self = .pending(
                ready.map { IssuerFailure.quoted("\($0.reason ?? ""): \($0.message ?? "")") }
                    ?? (isApproved ? "it is approved, and the issuer says nothing" : "nobody has approved it"))
        }
    }
}

import Foundation
import Testing

@testable import CertificateIssuers

@Suite("What has become of a CertificateRequest")
struct CertificateRequestVerdictTests {
    private func verdict(_ conditions: [(String, String, String)], certificate: String? = nil) -> String {
        let status = CertificateRequest.Status(
            conditions: conditions.map { .init(type: $0.0, status: $0.1, reason: $0.2, message: "m") },
            certificate: certificate.map { Data($0.utf8) }, ca: nil)
        return switch CertificateRequestVerdict(status, of: "I") {
        case .pending(let obstacle): "pending, \(obstacle)"
        case .signed(let certificates, let issuer): "signed, \(certificates), \(issuer)"
        case .failed(let failure): "\(failure)"
        }
    }

    @Test("A refusal counts more than all else, and a request without a word waits")
    func order() {
        let ready = ("Ready", "True", "Issued")
        #expect(verdict([]) == "pending, nobody has approved it")
        #expect(verdict([("Approved", "True", "x")]) == "pending, it is approved, and the issuer says nothing")
        #expect(verdict([("Approved", "False", "x")]) == "pending, nobody has approved it")
        #expect(verdict([("Ready", "Unknown", "Slow")]) == "pending, Slow: m")
        #expect(verdict([("Ready", "False", "Pending")]) == "pending, Pending: m")
        #expect(verdict([ready], certificate: "c") == "signed, c, ")
        #expect(verdict([ready]).hasPrefix("malformed: I says that it signed"))
        #expect(verdict([ready, ("Denied", "True", "P")], certificate: "c").hasPrefix("refused: I was not allowed"))
        #expect(verdict([ready, ("Denied", "False", "P")], certificate: "c") == "signed, c, ")
        #expect(verdict([ready, ("InvalidRequest", "True", "P")], certificate: "c").hasPrefix("refused: I takes"))
        #expect(verdict([("Ready", "False", "Failed")]) == "refused: I could not sign (Failed: m)")
        guard case .pending = CertificateRequestVerdict(nil, of: "I") else {
            Issue.record("no status is no verdict")
            return
        }
    }
}

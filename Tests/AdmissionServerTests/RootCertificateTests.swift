import AdmissionServer
import AsyncHTTPClient
import Foundation
import NIOCore
import Testing

@Suite("The webhook for MeshRootCertificates", .timeLimit(.minutes(10)))
struct RootCertificateTests {
    private static func spec(_ role: String, domain: String = "cluster.local", secret: String = "ca") -> String {
        #"{"trustDomain":"\#(domain)","role":"\#(role)","provider":{"tresor":{"ca":{"secretRef":"#
            + #"{"name":"\#(secret)","namespace":"shop"}}}}}"#
    }

    private static func object(_ spec: String, metadata: String = "") -> String {
        PolicyTests.Row.object(
            "MeshRootCertificate", "config.openservicemesh.io/v1alpha2", spec, metadata: metadata)
    }

    /// What is asked, and the fields for which it is refused.
    private static let questions: [(what: String, review: String, refused: [String])] = [
        ("a second active one", review(spec("active", secret: "second")), []),
        ("the first again", review(spec("active"), former: spec("active")), []),
        ("active to passive", review(spec("passive"), former: spec("active")), []),
        ("passive to active", review(spec("active"), former: spec("passive")), []),
        ("active to inactive", review(spec("inactive"), former: spec("active")), []),
        ("inactive to active", review(spec("active"), former: spec("inactive")), []),
        ("another Secret", review(spec("active", secret: "other"), former: spec("active")), ["spec.provider"]),
        (
            "another trust domain", review(spec("active", domain: "example.com"), former: spec("active")),
            ["spec.trustDomain"]
        ),
        (
            "another trust domain of one that is not in use",
            review(spec("inactive", domain: "example.com"), former: spec("inactive")), ["spec.trustDomain"]
        ),
        (
            "both", review(spec("active", domain: "example.com", secret: "other"), former: spec("active")),
            ["spec.trustDomain", "spec.provider"]
        ),
        // It stood for no root.
        ("what was wrong", review(spec("active"), former: #"{"role":"active","provider":{}}"#), []),
        ("what could not be read", review(spec("active"), former: #"{"role":1}"#), []),
        ("what becomes wrong", review(spec("active", domain: "a.svc"), former: spec("active")), ["spec.trustDomain"]),
        ("a deletion", review("null", whole: object(spec("active")), operation: "DELETE"), []),
        ("a deletion of what is wrong", review("null", whole: object("{}"), operation: "DELETE"), []),
        (
            "the end of a deletion",
            review(
                object(
                    spec("active", secret: "other"), metadata: #","deletionTimestamp":"2026-01-01T00:00:00Z""#),
                whole: object(spec("active")), operation: "UPDATE"), []
        ),
    ]

    private static func review(_ spec: String, former: String? = nil) -> String {
        Review.policy(object(spec), former: former.map { object($0) }, kind: "MeshRootCertificate")
    }

    private static func review(_ object: String, whole former: String, operation: String) -> String {
        Review.policy(object, former: former, kind: "MeshRootCertificate", operation: operation)
    }

    @Test("A root is replaced by a second object, never by an edit, and every object can be deleted")
    func rotation() async throws {
        try await ServedWebhook.serving(.policies(facts: TestFacts())) { webhook in
            var kept = 0
            for question in Self.questions {
                let answer = try await webhook.ask("/validate", .bytes(.init(string: question.review)))
                #expect(answer.status == 200)
                let response = try answer.review
                #expect(response.allowed == question.refused.isEmpty, "\(question.what)")
                #expect(response.status?.details?.causes.map(\.field) ?? [] == question.refused, "\(question.what)")
                guard response.status?.message.contains("keeps its root") == true else { continue }
                kept += 1
                #expect(response.status?.code == 422)
                #expect(response.status?.message.contains("make a second MeshRootCertificate") == true)
            }
            #expect(kept == 4)
        }
    }
}

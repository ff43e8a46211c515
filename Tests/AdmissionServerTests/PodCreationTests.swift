import AdmissionServer
import AsyncHTTPClient
import Foundation
import Injector
import MeshModel
import NIOCore
import Testing

@Suite("The webhook for pods", .timeLimit(.minutes(10)))
struct PodCreationTests {
    private static func asking(_ review: String, _ facts: TestFacts = TestFacts()) async throws -> ReviewAnswer.Response
    {
        let (answers, found) = AsyncStream.makeStream(of: Answer.self)
        try await ServedWebhook.serving(.podCreation(TestMutation(), facts: facts, waitingAtMost: .zero)) { webhook in
            found.yield(try await webhook.ask("/mutate-pod-creation", .bytes(.init(string: review))))
            found.finish()
        }
        let answer = try #require(await answers.first { _ in true })
        #expect(answer.status == 200)
        let review = try JSONDecoder().decode(ReviewAnswer.self, from: answer.body)
        #expect(review.apiVersion == "admission.k8s.io/v1")
        #expect(review.kind == "AdmissionReview")
        return review.response
    }

    @Test("A pod that gets a sidecar is admitted with a JSON patch and the warnings")
    func patched() async throws {
        let response = try await Self.asking(Review.pod(uid: "e5f2-7"))
        #expect(response.uid == "e5f2-7")
        #expect(response.allowed)
        #expect(response.status == nil)
        #expect(response.patchType == "JSONPatch")
        let patch = String(decoding: try #require(response.patch), as: UTF8.self)
        #expect(patch == #"[{"op":"add","path":"/metadata/labels/osm-proxy-uuid","value":"e5f2-7"}]"#)
        #expect(response.warnings == ["beware"])
    }

    @Test("A pod without one is admitted without a patch, a denied one with 403 and the reason")
    func others() async throws {
        let unchanged = try await Self.asking(Review.pod(outcome: "unchanged"))
        #expect(unchanged.allowed)
        #expect(unchanged.patch == nil)
        #expect(unchanged.patchType == nil)
        let denied = try await Self.asking(Review.pod(outcome: "denied"))
        #expect(!denied.allowed)
        #expect(denied.status?.code == 403)
        #expect(denied.status?.message == "pod shop/x cannot be")
        #expect(denied.patch == nil)
    }

    @Test("A pod of a namespace that is not known to be in the mesh is refused, never let through")
    func namespaces() async throws {
        let unknown = try await Self.asking(Review.pod(namespace: "new"))
        #expect(!unknown.allowed)
        #expect(unknown.status?.code == 503)
        #expect(unknown.status?.message.contains("namespace new") == true)
        #expect(unknown.status?.message.contains("try again") == true)
    }

    @Test("A namespace is waited for two seconds at most")
    func patience() async throws {
        let facts = TestFacts()
        try await ServedWebhook.serving(.podCreation(TestMutation(), facts: facts)) { webhook in
            _ = try await webhook.ask("/mutate-pod-creation", .bytes(.init(string: Review.pod())))
        }
        #expect(facts.waited == [.seconds(2)])
    }

    @Test("Only the creation of pods is changed; a pod that cannot be read is refused with the field")
    func other() async throws {
        #expect(try await Self.asking(Review.pod(operation: "UPDATE")).patch == nil)
        #expect(try await Self.asking(Review.pod(operation: "UPDATE")).allowed)
        let service = try await Self.asking(Review.pod(kind: "Service"))
        #expect(!service.allowed)
        #expect(service.status?.code == 400)
        let broken = try await Self.asking(
            Review.pod().replacing(#""generateName""#, with: #""labels":3,"generateName""#))
        #expect(!broken.allowed)
        let none = try await Self.asking(Review.pod().replacing(#""object":"#, with: #""thing":"#))
        #expect(!none.allowed)
        #expect(none.uid == "u-1")
    }

    @Test("The injector itself gives a pod its sidecar, and pods of the namespace of the mesh alone")
    func injector() async throws {
        let injector = PodInjector(
            settings: .init(envoyImage: "envoy", initImage: "init", healthcheckImage: "health", hasNativeSidecars: true)
        )
        let pod = """
            {"metadata":{"name":"web","annotations":{"openservicemesh.io/sidecar-injection":"enabled"}},
            "spec":{"serviceAccountName":"web","containers":[{"name":"web","image":"web"}]}}
            """
        let review = Review.pod().replacing(
            #/"object":.*/#.dotMatchesNewlines(), with: #""object":\#(pod)}}"#)
        try await ServedWebhook.serving(.podCreation(injector, facts: TestFacts(), waitingAtMost: .zero)) { webhook in
            let answer = try await webhook.ask("/mutate-pod-creation", .bytes(.init(string: review)))
            let response = try answer.review
            #expect(response.allowed)
            let patch = String(decoding: try #require(response.patch), as: UTF8.self)
            #expect(patch.contains(#""value":"u-1""#))
            #expect(patch.contains("osm-init"))
        }
    }
}

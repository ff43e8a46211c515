import AdmissionServer
import AsyncHTTPClient
import Foundation
import Injector
import MeshModel
import NIOCore
import Testing

@Suite("The webhook for pods", .timeLimit(.minutes(10)))
struct PodCreationTests {
    private static let injector = PodInjector(
        settings: .init(envoyImage: "envoy", initImage: "init", healthcheckImage: "health", hasNativeSidecars: true))

    /// A review of a pod in JSON.
    private static func review(_ pod: String, namespace: String = "shop") -> String {
        Review.pod(namespace: namespace).replacing(
            #/"object":.*/#.dotMatchesNewlines(), with: #""object":\#(pod)}}"#)
    }

    private static func asking(
        _ review: String, _ facts: TestFacts = TestFacts(), _ mutation: some PodMutation = TestMutation()
    ) async throws -> ReviewAnswer.Response {
        let (answers, found) = AsyncStream.makeStream(of: Answer.self)
        try await ServedWebhook.serving(.podCreation(mutation, facts: facts)) { webhook in
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

    @Test("A namespace is waited for two seconds at most, and not at all if it is known")
    func patience() async throws {
        let facts = TestFacts()
        try await ServedWebhook.serving(.podCreation(TestMutation(), facts: facts)) { webhook in
            _ = try await webhook.ask("/mutate-pod-creation", .bytes(.init(string: Review.pod())))
            #expect(facts.waited == [.zero])
            _ = try await webhook.ask("/mutate-pod-creation", .bytes(.init(string: Review.pod(namespace: "new"))))
            #expect(facts.waited == [.zero, .zero, .seconds(2)])
        }
    }

    @Test("A pod waits for its namespace, and is given its sidecar when that joins the mesh")
    func joining() async throws {
        let facts = TestFacts(late: ["new"])
        try await ServedWebhook.serving(.podCreation(TestMutation(), facts: facts)) { webhook in
            async let answer = webhook.ask("/mutate-pod-creation", .bytes(.init(string: Review.pod(namespace: "new"))))
            for _ in 0..<15_000 where facts.waited.count < 2 { try await Task.sleep(for: .milliseconds(2)) }
            facts.joined()
            #expect(try await answer.review.patch != nil)
        }
    }

    /// A pod, and what becomes of it in a namespace that is not known; `nil` if that depends on the namespace.
    private static let anywhere: [(spec: String, annotation: String?, code: Int?, hasToWait: Bool)] = [
        (#""hostNetwork":true,"#, nil, nil, false), (#""hostNetwork":true,"#, "enabled", nil, false),
        (#""hostNetwork":true,"#, "perhaps", nil, false), (#""hostNetwork":false,"#, nil, 503, true),
        ("", "disabled", nil, false), ("", "No", nil, false), ("", "perhaps", 403, false), ("", "", 403, false),
        ("", "enabled", 503, true), ("", nil, 503, true),
    ]

    @Test(
        "What a pod says of itself is decided whatever its namespace: the host's network, no sidecar, or nonsense",
        arguments: 0..<anywhere.count)
    func ownWord(index: Int) async throws {
        let (spec, annotation, code, hasToWait) = Self.anywhere[index]
        let annotations = annotation.map { #","annotations":{"openservicemesh.io/sidecar-injection":"\#($0)"}"# } ?? ""
        let pod = #"{"metadata":{"name":"web"\#(annotations)},"spec":{\#(spec)"containers":[{"name":"web"}]}}"#
        let facts = TestFacts()
        let response = try await Self.asking(Self.review(pod, namespace: "new"), facts, Self.injector)
        #expect(response.allowed == (code == nil))
        #expect(response.patch == nil)
        #expect(response.status?.code == code)
        if code == 403 { #expect(response.status?.message.contains("write enabled or disabled") == true) }
        #expect(facts.waited.count == (hasToWait ? 2 : 1))
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
        #expect(broken.status?.code == 422)
        #expect(broken.status?.details?.causes.map(\.field) == ["metadata.labels"])
        #expect(broken.status?.message.contains("metadata.labels") == true)
        let none = try await Self.asking(Review.pod().replacing(#""object":"#, with: #""thing":"#))
        #expect(!none.allowed)
        #expect(none.uid == "u-1")
    }

    @Test("The injector itself gives a pod its sidecar, and pods of the namespace of the mesh alone")
    func injector() async throws {
        let pod = """
            {"metadata":{"name":"web","annotations":{"openservicemesh.io/sidecar-injection":"enabled"}},
            "spec":{"serviceAccountName":"web","containers":[{"name":"web","image":"web"}]}}
            """
        let response = try await Self.asking(Self.review(pod), TestFacts(), Self.injector)
        #expect(response.allowed)
        let patch = String(decoding: try #require(response.patch), as: UTF8.self)
        #expect(patch.contains(#""value":"u-1""#))
        #expect(patch.contains("osm-init"))
    }
}

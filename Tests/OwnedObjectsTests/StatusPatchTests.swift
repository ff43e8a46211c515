import Foundation
import MeshModel
import MeshStatus
import Testing

@testable import OwnedObjects

@Suite("What is written and told of a status")
struct StatusPatchTests {
    private static func status(_ summary: [String: String]) -> KnownStatus {
        let moment = Timestamp(seconds: 1_790_000_000)
        return KnownStatus(
            uid: "u", observedGeneration: 2,
            conditions: [
                Condition(.accepted, .yes, .accepted, "fine", observedGeneration: 2, lastTransitionTime: moment)
            ], summary: summary)
    }

    @Test("A patch names the uid, and clears the fields that are not there any more")
    func patch() throws {
        let patch = StatusPatch(
            Self.status(["proxies": "1/1"]), former: Self.status(["proxies": "0/1", "sources": "a,b"]))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(patch), as: UTF8.self)
        #expect(
            text == #"{"metadata":{"uid":"u"},"status":{"conditions":[{"lastTransitionTime":"2026-09-21T14:13:20Z","#
                + #""message":"fine","observedGeneration":2,"reason":"Accepted","status":"True","type":"Accepted"}],"#
                + #""observedGeneration":2,"proxies":"1/1","sources":null}}"#)
    }

    @Test("A status is read back whatever others wrote into it")
    func observed() throws {
        let text = #"""
            {"metadata":{"name":"a","namespace":"shop","uid":"u","generation":3},
             "status":{"observedGeneration":2,"currentStatus":"committed","proxies":"1/1","sources":7,
              "conditions":[{"type":"Foreign","status":"True"},
               {"type":"Accepted","status":"True","reason":"Accepted","message":"fine","observedGeneration":2,
                "lastTransitionTime":"2026-09-21T14:13:20Z"}]}}
            """#
        let object = try JSONDecoder().decode(ObservedObject.self, from: Data(text.utf8))
        #expect(object.status == Self.status(["proxies": "1/1"]))
        let bare = try JSONDecoder().decode(
            ObservedObject.self,
            from: Data(#"{"metadata":{"name":"a","uid":"u"},"status":{"observedGeneration":-1}}"#.utf8))
        #expect(bare.status == KnownStatus(uid: "u"))
    }

    @Test("Events tell what came to be, not what stays")
    func events() {
        let sample = SampleStatus(name: "a")
        func known(_ state: SampleStatus.State, generation: Int64 = 1) -> KnownStatus {
            KnownStatus(sample.report(state, generation: generation).objects[0], after: nil)
        }
        func reasons(_ former: KnownStatus?, _ status: KnownStatus) -> [String] {
            ObjectEvent.telling(former, status).map { "\($0.weight.rawValue) \($0.reason)" }
        }
        #expect(
            reasons(nil, known(.programmed))
                == ["Normal Accepted", "Normal ResolvedRefs", "Normal Programmed"].filter {
                    $0 != "Normal ResolvedRefs"
                })
        #expect(reasons(known(.programmed), known(.programmed, generation: 2)) == ["Normal Programmed"])
        #expect(reasons(known(.programmed), known(.programmed)).isEmpty)
        #expect(reasons(known(.programmed), known(.pending)).isEmpty)
        #expect(reasons(known(.pending), known(.rejected)) == ["Warning ProxyRejected"])
        #expect(reasons(known(.programmed), known(.invalid, generation: 2)) == ["Warning Invalid"])
    }

    @Test("An event of the same kind has the same name in every process")
    func names() {
        #expect(StableHash.text("") == "cbf29ce484222325")
        #expect(StableHash.text("a") == "af63dc4c8601ec8c")
    }
}

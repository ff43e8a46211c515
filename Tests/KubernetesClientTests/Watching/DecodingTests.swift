import Foundation
import MeshModel
import Testing

@testable import KubernetesClient

@Suite("What a list and a watch say")
struct DecodingTests {
    private func event(_ json: String) throws -> WatchEvent<TrafficSplit> {
        try JSONDecoder().decode(WatchEvent<TrafficSplit>.self, from: Data(json.utf8))
    }

    private static let good = """
        {"apiVersion":"split.smi-spec.io/v1alpha4","kind":"TrafficSplit","metadata":{"name":"a","namespace":"n",
         "uid":"u","resourceVersion":"7","generation":3},"spec":{"service":"s","backends":[{"service":"b","weight":1}]}}
        """
    private static let bad = """
        {"metadata":{"name":"b","namespace":"n","uid":"v","resourceVersion":"8","labels":{"x":"y"}},
         "spec":{"service":"s","backends":[{"service":"b","weight":0.5}]}}
        """
    private static let nameless = "{\"metadata\":{\"resourceVersion\":\"9\"},\"spec\":{}}"

    private static let goodObject = TrafficSplit(
        metadata: ObjectMetadata(name: "a", namespace: "n", uid: "u", generation: 3), service: "s",
        backends: [.init(service: "b", weight: 1)])
    private static let badMetadata = ObjectMetadata(name: "b", namespace: "n", uid: "v", labels: ["x": "y"])
    private static let badProblem = Problem(
        path: "spec.backends[0].weight",
        message: "`0.5` is not a whole number: weights are relative, so 90 and 10 will do")

    @Test("Events are read, an object that cannot be with its metadata and the path of what is wrong")
    func events() throws {
        let good = ServedObject.readable(Self.goodObject, Revision(uid: "u", resourceVersion: "7"))
        let bad = ServedObject<TrafficSplit>.unreadable(
            Self.badMetadata, Self.badProblem, Revision(uid: "v", resourceVersion: "8"))
        #expect(try event("{\"type\":\"ADDED\",\"object\":\(Self.good)}") == .set(good))
        #expect(try event("{\"type\":\"MODIFIED\",\"object\":\(Self.bad)}") == .set(bad))
        #expect(try event("{\"object\":\(Self.good),\"type\":\"DELETED\"}") == .removed(good))
        let nameless = try event("{\"type\":\"ADDED\",\"object\":\(Self.nameless)}")
        #expect(nameless == .set(.unknown(Problem(path: "metadata.name", message: "is missing"))))
    }

    @Test("Bookmarks and errors are read")
    func control() throws {
        let plain = "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"X\",\"metadata\":{\"resourceVersion\":\"12\"}}}"
        #expect(try event(plain) == .bookmark(resourceVersion: "12", endsInitialEvents: false))
        let end = """
            {"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"12",
             "annotations":{"k8s.io/initial-events-end":"true"}}}}
            """
        #expect(try event(end) == .bookmark(resourceVersion: "12", endsInitialEvents: true))
        let error = """
            {"type":"ERROR","object":{"kind":"Status","status":"Failure","message":"too old","reason":"Expired",
             "code":410}}
            """
        #expect(
            try event(error)
                == .failed(APIStatus(message: "too old", reason: "Expired", details: nil, code: 410)))
        #expect(throws: DecodingError.self) { try event("{\"type\":\"NOVEL\",\"object\":{}}") }
        #expect(throws: DecodingError.self) { try event("{\"type\":\"ADDED\"}") }
    }

    @Test("One bad object does not spoil a list")
    func page() throws {
        let json = """
            {"metadata":{"resourceVersion":"40","continue":"next"},"items":[\(Self.good),\(Self.bad),
             \(Self.nameless),null,7]}
            """
        let page = try JSONDecoder().decode(ListPage<TrafficSplit>.self, from: Data(json.utf8))
        #expect(page.resourceVersion == "40")
        #expect(page.continuation == "next")
        #expect(page.objects.map(\.name?.name) == ["a", "b", nil, nil, nil])
        #expect(
            page.objects[1]
                == .unreadable(
                    Self.badMetadata, Self.badProblem, Revision(uid: "v", resourceVersion: "8")))
        let empty = "{\"metadata\":{\"resourceVersion\":\"1\",\"continue\":\"\"},\"items\":null}"
        #expect(
            try JSONDecoder().decode(ListPage<TrafficSplit>.self, from: Data(empty.utf8))
                == ListPage(objects: [], resourceVersion: "1", continuation: nil))
    }
}

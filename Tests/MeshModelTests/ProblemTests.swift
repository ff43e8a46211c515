import Foundation
import MeshModel
import Testing

@Suite("Problems of decoding")
struct ProblemTests {
    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int?

        init(stringValue: String) { (self.stringValue, intValue) = (stringValue, nil) }
        init(intValue: Int) { (stringValue, self.intValue) = ("Index \(intValue)", intValue) }
    }

    @Test("name the field as the author would write it")
    func path() {
        let keys = [
            Key(stringValue: "spec"), Key(stringValue: "backends"), Key(intValue: 1), Key(stringValue: "weight"),
        ]
        #expect(Problem.path(keys) == "spec.backends[1].weight")
        #expect(Problem.path([]) == "")
        let label = [Key(stringValue: "metadata"), Key(stringValue: "labels"), Key(stringValue: "a.b/c")]
        #expect(Problem.path(label) == "metadata.labels[a.b/c]")
    }

    @Test("are the same whether the object comes as YAML or as JSON")
    func formats() throws {
        let text =
            #"{"metadata": {"name": "x", "namespace": "n"}, "spec": {"backends": [{"service": "a", "weight": 0.5}]}}"#
        let fromYAML = try decodingProblem(TrafficSplit.self, text)
        var fromJSON: Problem?
        do {
            _ = try JSONDecoder().decode(TrafficSplit.self, from: Data(text.utf8))
        } catch let error as DecodingError {
            fromJSON = Problem(error)
        }
        #expect(fromJSON == fromYAML)
        #expect(fromJSON?.path == "spec.backends[0].weight")
    }

    @Test("do not arise from an object with every field absent or null")
    func nulls() throws {
        let text =
            #"{"metadata": {"name": "x", "namespace": "n", "labels": null, "uid": null}, "spec": null, "status": null}"#
        let data = Data(text.utf8)
        #expect(try JSONDecoder().decode(Pod.self, from: data).name == ObjectName(namespace: "n", name: "x"))
        #expect(try JSONDecoder().decode(Service.self, from: data).ports == [])
        #expect(try JSONDecoder().decode(EndpointSlice.self, from: data).endpoints == [])
        #expect(try JSONDecoder().decode(MeshConfig.self, from: data).validate() == [])
        #expect(try JSONDecoder().decode(TrafficTarget.self, from: data).rules == [])
        #expect(try JSONDecoder().decode(HTTPRouteGroup.self, from: data).matches == [])
        #expect(try JSONDecoder().decode(TCPRoute.self, from: data).ports == [])
        #expect(try JSONDecoder().decode(TrafficSplit.self, from: data).backends == [])
    }
}

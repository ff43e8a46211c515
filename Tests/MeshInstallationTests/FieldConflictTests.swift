import Foundation
import MeshInstallation
import MeshModel
import Testing

@Suite("Fields that others have set")
struct FieldConflictTests {
    private static func content(_ json: String) throws -> JSONContent {
        try JSONDecoder().decode(JSONContent.self, from: Data(json.utf8))
    }

    private static let stored = #"""
        {"metadata": {"managedFields": [
          {"manager": "kubectl", "operation": "Update", "fieldsV1": {
            "f:metadata": {"f:labels": {".": {}, "f:a": {}, "f:b": {}}},
            "f:spec": {"f:replicas": {}, "f:args": {}, "f:containers": {
              "k:{\"name\":\"main\"}": {".": {}, "f:image": {}, "f:name": {}, "f:ports": {
                "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:name": {}}}}}}}},
          {"manager": "osm", "operation": "Apply", "fieldsV1": {"f:spec": {"f:own": {}}}},
          {"manager": "osm", "operation": "Update", "fieldsV1": {"f:spec": {"f:other": {}}}}],
          "labels": {"a": "1", "b": "2"}},
         "spec": {"replicas": 5, "args": ["x"], "own": 1, "other": 1, "containers": [{"name": "side", "image": "s"},
           {"name": "main", "image": "them/x:1", "ports": [{"containerPort": 80, "protocol": "TCP", "name": "web"}]}]}}
        """#

    @Test("are those whose values differ and are mentioned, each with its manager and both values")
    func conflicts() throws {
        let wanted = """
            {"metadata": {"labels": {"a": "1"}},
             "spec": {"replicas": 2, "args": ["x", "y"], "own": 2, "other": 2, "free": 1, "containers": [
               {"name": "main", "image": "us/x:1", "ports": [{"containerPort": 80, "name": "http"}]},
               {"name": "side", "image": "t"}]}}
            """
        let found = FieldConflict.all(
            between: try Self.content(wanted), and: try Self.content(Self.stored), besides: "osm")
        #expect(
            found.map(\.description) == [
                #".spec.args is ["x"] by kubectl, not ["x","y"]"#,
                #".spec.containers[name="main"].image is "them/x:1" by kubectl, not "us/x:1""#,
                #".spec.containers[name="main"].ports[containerPort=80,protocol="TCP"].name is "web" by kubectl, not "http""#,
                ".spec.replicas is 5 by kubectl, not 2", ".spec.other is 1 by osm, not 2",
            ])
        let same = try Self.content(Self.stored)
        #expect(FieldConflict.all(between: same, and: same, besides: "osm") == [])
        #expect(FieldConflict.all(between: try Self.content(wanted), and: [:], besides: "osm") == [])
    }

    @Test("have long values cut")
    func long() throws {
        let value = String(repeating: "x", count: 500)
        let stored = """
            {"metadata": {"managedFields": [
              {"manager": "m", "operation": "Update", "fieldsV1": {"f:data": {"f:a": {}}}}]}, "data": {"a": "\(value)"}}
            """
        let found = FieldConflict.all(
            between: ["data": ["a": "y"]], and: try Self.content(stored), besides: "osm")
        #expect(found.map(\.stored) == [.string(value)])
        #expect(found.first?.description == ".data.a is \"\(value.prefix(79))... by m, not \"y\"")
    }
}

import MeshModel
import TestCluster
import Testing

@testable import KubernetesClient

@Suite("Requests for objects, on a real API server")
struct ObjectRequestTests {
    private func withNamespace<Value>(
        _ body: (KubernetesClient, String) async throws -> Value
    ) async throws -> Value {
        let cluster = try await TestCluster.shared()
        let namespace = try await cluster.createNamespace("objects")
        return try await cluster.withClient { try await body($0, namespace) }
    }

    @Test("An object is made once, read, and deleted once")
    func creation() async throws {
        try await withNamespace { client, namespace in
            let name = ObjectName(namespace: namespace, name: "one")
            let before = try await client.get(.configMap, name, as: Manifest.self)
            let made = [
                try await client.create(.configMap, name, body: Manifest.configMap(name, ["a": "1"])),
                try await client.create(.configMap, name, body: Manifest.configMap(name, ["a": "2"])),
            ]
            let between = try await client.get(.configMap, name, as: Manifest.self)
            let deleted = [try await client.delete(.configMap, name), try await client.delete(.configMap, name)]
            let after = try await client.get(.configMap, name, as: Manifest.self)
            #expect(before == nil && after == nil)
            #expect(made == [true, false])
            #expect(between?.data == ["a": "1"])
            #expect(deleted == [true, false])
        }
    }

    @Test("Fields are applied by their managers, whose conflict is an error unless it is forced")
    func apply() async throws {
        try await withNamespace { client, namespace in
            let name = ObjectName(namespace: namespace, name: "one")
            func apply(_ data: [String: String], _ manager: String, force: Bool = false) async throws {
                try await client.apply(
                    .configMap, name, body: Manifest.configMap(name, data), fieldManager: manager, force: force)
            }
            try await apply(["a": "1", "b": "1"], "first")
            try await apply(["c": "1"], "second")
            let error = try await #require(throws: KubernetesError.self) { try await apply(["a": "2"], "second") }
            #expect(error.code == .conflict)
            #expect(error.status == 409)
            #expect(error.reason == "Conflict")
            #expect(error.details?.causes.count == 1)
            #expect(error.details?.causes.first?.hasPrefix(".data.a: conflict with \"first\"") == true)
            try await apply(["a": "2"], "second", force: true)
            // What a manager no longer names, and nobody else does, goes.
            #expect(try await client.get(.configMap, name, as: Manifest.self)?.data == ["a": "2", "b": "1"])
        }
    }

    private struct Patch: Encodable {
        struct Metadata: Encodable { var resourceVersion: String? }
        var metadata: Metadata?
        var data: [String: String?]?

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: Key.self)
            try fields.encodeIfPresent(metadata, forKey: .metadata)
            try fields.encodeIfPresent(data, forKey: .data)
        }
        enum Key: CodingKey { case metadata, data }
    }

    @Test("A merge patch changes what it names, removes what is null, and heeds a resource version")
    func mergePatch() async throws {
        try await withNamespace { client, namespace in
            let name = ObjectName(namespace: namespace, name: "one")
            let first = Patch(data: ["a": "1"])
            #expect(try await !client.mergePatch(.configMap, name, body: first))
            try await client.create(.configMap, name, body: Manifest.configMap(name, ["a": "1", "b": "1"]))
            let before = try #require(try await client.get(.configMap, name, as: Manifest.self))
            let second = Patch(data: ["a": nil, "c": "1"])
            #expect(try await client.mergePatch(.configMap, name, body: second))
            #expect(try await client.get(.configMap, name, as: Manifest.self)?.data == ["b": "1", "c": "1"])
            let stale = Patch(metadata: .init(resourceVersion: before.metadata.resourceVersion), data: ["d": "1"])
            let error = try await #require(throws: KubernetesError.self) {
                try await client.mergePatch(.configMap, name, body: stale)
            }
            #expect(error.code == .conflict)
            #expect(try await client.get(.configMap, name, as: Manifest.self)?.data == ["b": "1", "c": "1"])
        }
    }

    @Test("An object is replaced only as it is")
    func replace() async throws {
        try await withNamespace { client, namespace in
            let name = ObjectName(namespace: namespace, name: "one")
            try await client.create(.configMap, name, body: Manifest.configMap(name, ["a": "1"]))
            var object = try #require(try await client.get(.configMap, name, as: Manifest.self))
            object.data = ["a": "2"]
            try await client.replace(.configMap, name, body: object)
            object.data = ["a": "3"]
            let error = try await #require(throws: KubernetesError.self) {
                try await client.replace(.configMap, name, body: object)
            }
            #expect(error.code == .conflict)
            #expect(try await client.get(.configMap, name, as: Manifest.self)?.data == ["a": "2"])
        }
    }

    @Test("What the server refuses says which field and why")
    func invalid() async throws {
        try await withNamespace { client, namespace in
            let name = ObjectName(namespace: namespace, name: "Not_A_Name")
            let error = try await #require(throws: KubernetesError.self) {
                try await client.create(.configMap, name, body: Manifest.configMap(name, [:]))
            }
            #expect(error.code == .invalid)
            #expect(error.details?.name == "Not_A_Name")
            #expect(error.details?.causes.first?.hasPrefix("metadata.name: ") == true)
            #expect(error.message.hasPrefix("POST /api/v1/namespaces/\(namespace)/configmaps: "))
        }
    }

    @Test("A list of more than a page is complete, selected by labels, and of one namespace or all")
    func list() async throws {
        try await withNamespace { client, namespace in
            let count = APIRequest.pageSize + 20
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<count {
                    if index >= 16 { try await group.next() }
                    group.addTask {
                        let name = ObjectName(namespace: namespace, name: "account-\(index)")
                        let labels = ["half": index.isMultiple(of: 2) ? "even" : "odd"]
                        try await client.create(
                            .serviceAccount, name, body: Manifest.serviceAccount(name, labels: labels))
                    }
                }
                try await group.waitForAll()
            }
            let all = try await client.list(.serviceAccount, namespace: namespace, as: Manifest.self)
            // The namespace's own `default` is one more where controllers run.
            #expect(Set(all.map(\.metadata.name)).subtracting(["default"]).count == count)
            #expect(all.map(\.metadata.name) == all.map(\.metadata.name).sorted())
            let odd = try await client.list(
                .serviceAccount, namespace: namespace, labelSelector: "half=odd", as: Manifest.self)
            #expect(odd.count == count / 2)
            let everywhere = try await client.list(.serviceAccount, labelSelector: "half", as: Manifest.self)
            #expect(everywhere.filter { $0.metadata.namespace == namespace }.count == count)
        }
    }
}

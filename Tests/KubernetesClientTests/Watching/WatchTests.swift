import MeshModel
import TestCluster
import TestInstruments
import Testing

@testable import KubernetesClient

@Suite("A watch, on a real API server")
struct WatchTests {
    @Test("Tells what exists, that this is all, and then what happens, once each and in order")
    func following() async throws {
        let cluster = try await TestCluster.shared()
        let namespace = try await cluster.createNamespace("watch")
        try await cluster.withClient { client in
            func name(_ name: String) -> ObjectName { ObjectName(namespace: namespace, name: name) }
            func create(_ account: String) async throws {
                try await client.create(
                    .service, name(account),
                    body: Manifest.service(name(account), labels: ["test": "watch"]))
            }
            try await create("a")
            try await create("b")
            let watch = client.watch(Service.self, namespace: namespace, labelSelector: "test=watch")
            try await KubernetesClientTests.following(watch) { follower in
                let listed = try await follower.wait { $0.synchronizedAfter != nil }
                #expect(listed.synchronizedAfter == 2)
                #expect(listed.changes.map(\.name.name) == ["a", "b"])
                #expect(listed.objects[name("a")]?.metadata.labels == ["test": "watch"])
                #expect(listed.objects[name("a")]?.metadata.uid.isEmpty == false)
                try await create("c")
                try await client.delete(.service, name("a"))
                // No longer selected is as good as gone.
                try await client.mergePatch(.service, name("b"), body: ["metadata": ["labels": ["test": "no"]]])
                try await client.mergePatch(.service, name("c"), body: ["metadata": ["labels": ["x": "y"]]])
                let end = try await follower.wait { $0.changes.count >= 6 }
                #expect(end.changes.dropFirst(2).map(\.name.name) == ["c", "a", "b", "c"])
                #expect(end.objects.keys.map(\.name) == ["c"])
                #expect(end.objects[name("c")]?.metadata.labels == ["test": "watch", "x": "y"])
                #expect(end.duplicates == [])
                #expect(end.synchronizations == 1)
            }
        }
    }

    @Test(
        "Has the list sent as events where the server can",
        .enabled("needs WatchList") {
            try await TestCluster.offers(.watchList, for: "Has the list sent as events where the server can")
        })
    func streaming() async throws {
        let cluster = try await TestCluster.shared()
        let namespace = try await cluster.createNamespace("streaming")
        let name = ObjectName(namespace: namespace, name: "a")
        try await cluster.withClient { client in
            client.features.streamsLists = true
            try await client.create(.service, name, body: Manifest.service(name))
            try await KubernetesClientTests.following(client.watch(Service.self, namespace: namespace)) { follower in
                let listed = try await follower.wait { $0.synchronizations == 1 }
                #expect(listed.changes.map(\.name) == [name])
                #expect(client.features.streamsLists == true)
                try await client.delete(.service, name)
                let end = try await follower.wait { $0.changes.count == 2 }
                #expect(end.objects.isEmpty)
            }
        }
    }
}

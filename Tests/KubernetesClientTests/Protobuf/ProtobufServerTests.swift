import AsyncHTTPClient
import MeshModel
import TestCluster
import Testing

@testable import KubernetesClient

@Suite("A real API server's protobuf says what its JSON says")
struct ProtobufServerTests {
    private static let protobuf = "application/vnd.kubernetes.protobuf, application/json"

    /// A list in both forms, read to the end in pages of two.
    private func list<Object: ProtobufObject>(
        _ client: KubernetesClient, _ resource: APIResource, namespace: String?, _ type: Object.Type
    ) async throws -> (json: [ServedObject<Object>], protobuf: [ServedObject<Object>]) {
        func objects(_ format: ObjectFormat<Object>, accepted: String?) async throws -> [ServedObject<Object>] {
            var (objects, continuation): ([ServedObject<Object>], String?) = ([], nil)
            repeat {
                var request = APIRequest.list(
                    resource, namespace: namespace, labelSelector: nil, continuation: continuation)
                request.query[0].value = "2"
                request.accept(accepted)
                let response = try await client.send(request)
                #expect(response.headers.announceProtobuf == (accepted != nil))
                let page = try format.page(response, request.action)
                #expect(UInt64(page.resourceVersion) != nil)
                #expect(page.objects.count <= 2)
                objects += page.objects
                continuation = page.continuation
            } while continuation != nil
            return objects
        }
        return (
            try await objects(.json, accepted: nil), try await objects(.protobuf, accepted: Self.protobuf)
        )
    }

    private func compare<Object: ProtobufObject>(
        _ client: KubernetesClient, _ resource: APIResource, namespace: String?, _ type: Object.Type, _ names: [String]
    ) async throws {
        let (json, protobuf) = try await list(client, resource, namespace: namespace, type)
        #expect(json.compactMap(\.name?.name) == names.sorted())
        for object in json {
            guard case .readable = object else {
                Issue.record("not read: \(object)")
                continue
            }
        }
        #expect(protobuf == json)
    }

    private func create(
        _ client: KubernetesClient, _ resource: APIResource, _ shapes: ServedShapes, in namespace: String
    ) async throws {
        for (name, object, status) in shapes.manifests {
            let object = object.replacing("VERSION", with: resource.apiVersion)
            _ = try await client.send(.create(resource, namespace: namespace, body: Array(object.utf8)))
            guard let status else { continue }
            let name = ObjectName(namespace: namespace, name: name)
            _ = try await client.send(
                .mergePatch(resource, name, subresource: "status", body: Array(status.utf8)))
        }
    }

    @Test("Of pods, services, slices, namespaces and accounts in many shapes")
    func shapes() async throws {
        // Without controllers, which would remove the pods of owners that do not exist.
        try await TestCluster.withOwn(.init(hasControllerManager: false)) { cluster in
            let namespace = try await cluster.createNamespace(
                "protobuf", labels: ["openservicemesh.io/monitored-by": "osm", "x": "y"])
            try await cluster.withClient { client in
                for account in ["app", "default"] {
                    let name = ObjectName(namespace: namespace, name: account)
                    try await client.create(
                        .serviceAccount, name, body: Manifest.serviceAccount(name, labels: ["a": "b"]))
                }
                let version = try #require(try await client.servedVersion(of: .endpointSlice))
                let slice = APIResource(.endpointSlice, version: version)
                let kinds = [(APIResource.pod, ServedShapes.pods), (.service, .services), (slice, .slices)]
                for (resource, shapes) in kinds { try await create(client, resource, shapes, in: namespace) }
                func names(_ shapes: ServedShapes) -> [String] { shapes.manifests.map(\.name) }
                try await compare(client, .pod, namespace: namespace, Pod.self, names(.pods))
                try await compare(client, .service, namespace: namespace, MeshModel.Service.self, names(.services))
                // An older version differs only where a slice has a topology, which these have not.
                try await compare(client, slice, namespace: namespace, EndpointSlice.self, names(.slices))
                try await compare(
                    client, .serviceAccount, namespace: namespace, ServiceAccount.self, ["app", "default"])
                let others = ["default", "kube-node-lease", "kube-public", "kube-system"]
                try await compare(client, .namespace, namespace: nil, Namespace.self, others + [namespace])
                let pods = try await list(client, .pod, namespace: namespace, Pod.self).protobuf
                let ended = pods.compactMap { served -> String? in
                    guard case .readable(let pod, _) = served, pod.applicationsHaveEnded else { return nil }
                    return pod.name.name
                }
                #expect(ended == ["job-done", "job-ended"])
            }
        }
    }

    private typealias Events = EventStream<MeshModel.Service>

    private func open(
        _ client: KubernetesClient, _ namespace: String, from version: String, protobuf: Bool
    ) async throws -> Events {
        // The server's bookmark comes two seconds before the end.
        var request = APIRequest.watch(
            .service, namespace: namespace, labelSelector: nil, from: version, timeout: 5)
        request.accept(protobuf ? Self.protobuf : nil)
        let response = try await client.open(request)
        #expect(response.headers.announceProtobuf == protobuf)
        return Events(response, protobuf ? .protobuf : .json, request.action)
    }

    /// All events up to the end of the stream.
    private func events(_ stream: Events) async throws -> [WatchEvent<MeshModel.Service>] {
        var (stream, events) = (stream, [WatchEvent<MeshModel.Service>]())
        while let heard = try await stream.next() {
            #expect(heard.failure == nil)
            events += heard.events
        }
        return events
    }

    @Test("Of what is too old: of a place in the stream of events, and of a list")
    func tooOld() async throws {
        // The cache would remember for longer.
        let options = TestCluster.Options(hasControllerManager: false, serverFlags: ["--watch-cache=false"])
        try await TestCluster.withOwn(options) { cluster in
            let namespace = try await cluster.createNamespace("protobuf")
            try await cluster.withClient { client in
                for name in ["a", "b", "c"] {
                    let name = ObjectName(namespace: namespace, name: name)
                    try await client.create(.service, name, body: Manifest.service(name))
                }
                var request = APIRequest.list(.service, namespace: namespace, labelSelector: nil)
                request.query[0].value = "1"
                request.accept(Self.protobuf)
                let page = try ObjectFormat<MeshModel.Service>.protobuf.page(try await client.send(request), "list")
                try await client.delete(.service, ObjectName(namespace: namespace, name: "c"))
                try await cluster.compact()

                let old = try await events(open(client, namespace, from: page.resourceVersion, protobuf: true))
                guard case .failed(let status)? = old.first else {
                    Issue.record("\(old)")
                    return
                }
                #expect(status.code == 410)
                #expect(status.reason == "Expired")
                #expect(try await events(open(client, namespace, from: page.resourceVersion, protobuf: false)) == old)
                request.query.append(.init("continue", try #require(page.continuation)))
                let error = await #expect(throws: KubernetesError.self) { try await client.send(request) }
                #expect(error?.code == .gone)
            }
        }
    }

    @Test("Of events and bookmarks")
    func events() async throws {
        let cluster = try await TestCluster.shared()
        let namespace = try await cluster.createNamespace("protobuf")
        let name = ObjectName(namespace: namespace, name: "a")
        try await cluster.withClient { client in
            let start = try await client.send(.list(.service, namespace: namespace, labelSelector: nil))
            let version = try start.decoded(as: ListPage<MeshModel.Service>.self, "list").resourceVersion
            let streams = (
                json: try await open(client, namespace, from: version, protobuf: false),
                protobuf: try await open(client, namespace, from: version, protobuf: true)
            )
            try await client.create(.service, name, body: Manifest.service(name))
            try await client.mergePatch(.service, name, body: ["metadata": ["labels": ["x": "y"]]])
            try await client.delete(.service, name)
            let json = try await events(streams.json)
            let protobuf = try await events(streams.protobuf)
            // The server tells its place once a minute as well, on a busy machine more often than a test expects.
            let changes = [json, protobuf].map { $0.filter { $0.type != "bookmark" } }
            #expect(changes[0].map(\.type) == ["set", "set", "removed"])
            #expect(changes[1] == changes[0])
            guard case .bookmark(let place, false)? = protobuf.last else {
                Issue.record("\(protobuf)")
                return
            }
            #expect(try #require(UInt64(place)) > (try #require(UInt64(version))))
        }
    }

    @Test("Of what fails, and nothing of it for custom resources")
    func refusals() async throws {
        let cluster = try await TestCluster.shared()
        try await cluster.withClient { client in
            var request = APIRequest.get(.pod, ObjectName(namespace: "default", name: "none"))
            request.accepted = Self.protobuf
            let error = await #expect(throws: KubernetesError.self) { try await client.send(request) }
            #expect(error?.code == .notFound)
            #expect(error?.message == "GET /api/v1/namespaces/default/pods/none: pods \"none\" not found")
            #expect(error?.details == .init(kind: "pods", name: "none", causes: []))
        }
        #expect(ObjectFormat<TrafficSplit>.json.accepted(of: APIResource(.trafficSplit)) == nil)
        #expect(ObjectFormat<Pod>.protobuf.accepted(of: .pod) == Self.protobuf)
        #expect(ObjectFormat<EndpointSlice>.protobuf.accepted(of: APIResource(.endpointSlice)) == Self.protobuf)
        // Another meaning in one field.
        let older = APIResource(.endpointSlice, version: "v1beta1")
        #expect(ObjectFormat<EndpointSlice>.protobuf.accepted(of: older) == nil)
    }
}

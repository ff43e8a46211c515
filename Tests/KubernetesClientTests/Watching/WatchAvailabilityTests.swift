import Foundation
import MeshModel
import TestCluster
import TestInstruments
import Testing

@testable import KubernetesClient

@Suite("A watch of a kind that is missing, forbidden, old or unreadable, on a real API server")
struct WatchAvailabilityTests {
    private static let crds = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "crds")

    /// A cluster in which kinds come and go: in the one that all share, others need them.
    private static let still = TestCluster.Options(hasControllerManager: false)

    @Test("A missing kind counts as empty and is found once it is there; one that goes leaves nothing")
    func missing() async throws {
        try await TestCluster.withOwn(Self.still) { try await missing(in: $0) }
    }

    private func missing(in cluster: TestCluster) async throws {
        let namespace = try await cluster.createNamespace("missing")
        let definition = Self.crds.appending(path: "httproutegroup.yaml").path
        let group = """
            {"apiVersion":"specs.smi-spec.io/v1alpha4","kind":"HTTPRouteGroup",
             "metadata":{"name":"g","namespace":"\(namespace)"},
             "spec":{"matches":[{"name":"all","pathRegex":".*","methods":["*"]}]}}
            """
        let recorder = LogRecorder()
        try await cluster.withClient(logger: recorder.logger) { client in
            try await following(client.watch(HTTPRouteGroup.self)) { follower in
                let empty = try await follower.wait { $0.synchronizations == 1 }
                #expect(empty.changes == [])
                #expect(recorder.lines("The API server does not have this kind").count == 1)
                try await cluster.kubectlOutput(["apply", "-f", definition])
                try await cluster.kubectlOutput([
                    "wait", "--for=condition=Established", "--timeout=60s", "-f", definition,
                ])
                try await cluster.kubectlOutput(["apply", "-f", "-"], input: group)
                let found = try await follower.wait { !$0.objects.isEmpty }
                #expect(found.objects.keys.map(\.description) == ["\(namespace)/g"])
                #expect(recorder.lines("The API server answers for this kind again").count == 1)
                try await cluster.kubectlOutput(["delete", "-f", definition])
                let end = try await follower.wait { $0.objects.isEmpty }
                #expect(end.synchronizations == 1)
                #expect(end.duplicates == [])
                let again = try await cluster.kubectl(["api-resources", "--api-group=specs.smi-spec.io", "-o", "name"])
                #expect(!again.stdout.contains("httproutegroups"))
                for _ in 0..<3000 where recorder.lines("The API server does not have this kind").count < 2 {
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(recorder.lines("The API server does not have this kind").count == 2)
            }
        }
    }

    @Test("A kind that may not be read is not complete, is told once, and harms no other; it is read once it may be")
    func forbidden() async throws {
        let cluster = try await TestCluster.shared()
        let namespace = try await cluster.createNamespace("forbidden")
        let account = ObjectName(namespace: namespace, name: "reader")
        let token = try await cluster.withClient { client in
            try await client.create(.serviceAccount, account, body: Manifest.serviceAccount(account))
            return try await client.token(for: account)
        }
        func grant(_ resource: String) async throws {
            try await cluster.kubectlOutput([
                "create", "role", resource, "-n", namespace, "--verb=get,list,watch", "--resource=\(resource)",
            ])
            try await cluster.kubectlOutput([
                "create", "rolebinding", resource, "-n", namespace, "--role=\(resource)",
                "--serviceaccount=\(namespace):reader",
            ])
        }
        try await grant("services")
        var access = cluster.access
        access.clientCertificate = nil
        access.credential = .token(token)
        let recorder = LogRecorder()
        try await cluster.withClient(access, logger: recorder.logger) { client in
            try await following(client.watch(ServiceAccount.self, namespace: namespace)) { accounts in
                try await following(client.watch(Service.self, namespace: namespace)) { services in
                    _ = try await services.wait { $0.synchronizations == 1 }
                    for _ in 0..<3000 where recorder.lines("This kind may not be read").isEmpty {
                        try await Task.sleep(for: .milliseconds(20))
                    }
                    let line = try #require(recorder.lines("This kind may not be read").first)
                    #expect(line.metadata["kubernetes.permission"] == "get, list, watch on serviceaccounts")
                    #expect(accounts.state.synchronizations == 0)
                    try await grant("serviceaccounts")
                    let state = try await accounts.wait { $0.synchronizations == 1 }
                    #expect(state.objects[account] != nil)
                    #expect(recorder.lines("This kind may not be read").count == 1)
                    #expect(services.state.synchronizations == 1)
                }
            }
        }
    }

    /// A definition that keeps whatever is written, and has the oldest version alone.
    private static let looseDefinition = """
        {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
         "metadata":{"name":"trafficsplits.split.smi-spec.io"},
         "spec":{"group":"split.smi-spec.io","scope":"Namespaced",
          "names":{"kind":"TrafficSplit","plural":"trafficsplits","singular":"trafficsplit"},
          "versions":[{"name":"v1alpha2","served":true,"storage":true,
           "schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}
        """

    private func split(_ namespace: String, _ name: String, weight: String) -> String {
        """
        {"apiVersion":"split.smi-spec.io/v1alpha2","kind":"TrafficSplit",
         "metadata":{"name":"\(name)","namespace":"\(namespace)"},
         "spec":{"service":"s","backends":[{"service":"b","weight":\(weight)}]}}
        """
    }

    @Test("An object that cannot be read is told by name while the others go on, in the version that there is")
    func unreadable() async throws {
        try await TestCluster.withOwn(Self.still) { try await unreadable(in: $0) }
    }

    private func unreadable(in cluster: TestCluster) async throws {
        let namespace = try await cluster.createNamespace("unreadable")
        try await cluster.kubectlOutput(["apply", "-f", "-"], input: Self.looseDefinition)
        try await cluster.kubectlOutput([
            "wait", "--for=condition=Established", "--timeout=60s", "crd/trafficsplits.split.smi-spec.io",
        ])
        func apply(_ name: String, weight: String) async throws {
            try await cluster.kubectlOutput(["apply", "-f", "-"], input: split(namespace, name, weight: weight))
        }
        try await apply("a", weight: "1")
        try await apply("b", weight: "\"many\"")
        let (a, b) = (ObjectName(namespace: namespace, name: "a"), ObjectName(namespace: namespace, name: "b"))
        let recorder = LogRecorder()
        try await cluster.withClient(logger: recorder.logger) { client in
            try await following(client.watch(TrafficSplit.self)) { follower in
                let listed = try await follower.wait { $0.synchronizations == 1 }
                #expect(listed.objects[a]?.backends == [.init(service: "b", weight: 1)])
                #expect(listed.unreadable[b]?.path == "spec.backends[0].weight")
                try await apply("b", weight: "2")
                let mended = try await follower.wait { $0.objects[b] != nil }
                #expect(mended.unreadable.isEmpty)
                try await apply("a", weight: "null")
                let broken = try await follower.wait { $0.unreadable[a] != nil }
                #expect(broken.objects.keys.sorted() == [b])
                try await cluster.kubectlOutput(["delete", "trafficsplit", "-n", namespace, "a", "b"])
                let end = try await follower.wait { $0.objects.isEmpty && $0.unreadable.isEmpty }
                #expect(end.duplicates == [])
                let lines = recorder.lines("An object cannot be read")
                #expect(lines.map { $0.metadata["kubernetes.object"] } == [b.description, a.description])
            }
        }
    }

    @Test("Endpoint slices are read in the version that the server has")
    func endpointSlices() async throws {
        let cluster = try await TestCluster.shared()
        let namespace = try await cluster.createNamespace("slices")
        let version = cluster.features.hasEndpointSliceV1 ? "v1" : "v1beta1"
        let slice = """
            {"apiVersion":"discovery.k8s.io/\(version)","kind":"EndpointSlice","addressType":"IPv4",
             "metadata":{"name":"e","namespace":"\(namespace)","labels":{"kubernetes.io/service-name":"s"}},
             "endpoints":[{"addresses":["10.1.2.3"]}],"ports":[{"name":"http","port":80}]}
            """
        try await cluster.kubectlOutput(["create", "-f", "-"], input: slice)
        try await cluster.withClient { client in
            try await following(client.watch(EndpointSlice.self, namespace: namespace)) { follower in
                let state = try await follower.wait { $0.synchronizations == 1 }
                let slice = try #require(state.objects[ObjectName(namespace: namespace, name: "e")])
                #expect(slice.service == ObjectName(namespace: namespace, name: "s"))
                #expect(slice.endpoints.map(\.address?.description) == ["10.1.2.3"])
            }
        }
    }
}

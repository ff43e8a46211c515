import TestCluster
import Testing

@Suite("Features of the API server")
struct FeatureTests {
    private static let streaming = "A watch begins with the state, and says where that ends"
    private static let sidecars = "An init container may go on running"

    @Test("What is discovered is what the version is known to have")
    func versions() async throws {
        let cluster = try await TestCluster.shared()
        let features = cluster.features
        let minor = try #require(cluster.version.split(separator: ".").dropFirst().first.flatMap { Int($0) })
        #expect(features.hasEndpointSliceV1 == (minor >= 21))
        #expect(features.hasEndpointSliceV1Beta1 == (minor < 25))
        // Versions between these have it behind a gate, or by default but not always.
        if minor < 27 { #expect(!features.hasWatchList) }
        if minor < 28 { #expect(!features.hasNativeSidecars) }
        if minor >= 29 { #expect(features.hasNativeSidecars) }
        let status = try await cluster.status().stdout
        let controllers = try #require(status.split(separator: "\n").first { $0.hasPrefix("kube-controller-manager ") })
        #expect(features.hasControllerManager == controllers.contains("running"))
        if features.hasControllerManager { #expect(try await TestCluster.offers(.controllerManager, for: "this one")) }
    }

    @Test(
        "A watch begins with the state, and says where that ends",
        .enabled("needs WatchList") { try await TestCluster.offers(.watchList, for: streaming) })
    func watchList() async throws {
        let cluster = try await TestCluster.shared()
        let path =
            "/api/v1/namespaces?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
            + "&allowWatchBookmarks=true&timeoutSeconds=2"
        let events = try await cluster.kubectlOutput(["get", "--raw", path])
        #expect(events.contains("\"name\":\"default\"") && events.contains("k8s.io/initial-events-end"))
    }

    @Test(
        "An init container may go on running",
        .enabled("needs native sidecars") { try await TestCluster.offers(.nativeSidecars, for: sidecars) })
    func nativeSidecars() async throws {
        let cluster = try await TestCluster.shared()
        let namespace = try await cluster.createNamespace("sidecar")
        let manifest = """
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "sidecar", "namespace": "\(namespace)"}, "spec": {
              "initContainers": [{"name": "proxy", "image": "x", "restartPolicy": "Always"}],
              "containers": [{"name": "main", "image": "x"}]}}
            """
        let kept = try await cluster.kubectlOutput(
            ["create", "-f", "-", "-o", "jsonpath={.spec.initContainers[0].restartPolicy}"], input: manifest)
        #expect(kept == "Always")
    }
}

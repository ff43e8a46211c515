import Foundation

/// What an API server offers that not every version does.
public struct Features: Hashable, Sendable {
    /// One thing that a test may need.
    public enum Feature: String, CaseIterable, Sendable {
        /// EndpointSlices of discovery.k8s.io/v1, beside v1beta1 or alone.
        case endpointSliceV1 = "EndpointSlice v1"
        /// EndpointSlices of discovery.k8s.io/v1beta1.
        case endpointSliceV1Beta1 = "EndpointSlice v1beta1"
        /// Watches that begin with the state (`sendInitialEvents`).
        case watchList = "WatchList"
        /// Init containers with `restartPolicy: Always`.
        case nativeSidecars = "native sidecars"
        /// Controllers, which a directory of KUBEBUILDER_ASSETS may lack.
        case controllerManager = "a controller manager"
    }

    /// All that the server offers.
    public let offered: Set<Feature>

    /// Whether it serves EndpointSlices of discovery.k8s.io/v1.
    public var hasEndpointSliceV1: Bool { offered.contains(.endpointSliceV1) }
    /// Whether it serves EndpointSlices of discovery.k8s.io/v1beta1.
    public var hasEndpointSliceV1Beta1: Bool { offered.contains(.endpointSliceV1Beta1) }
    /// Whether it streams the state as the first events of a watch.
    public var hasWatchList: Bool { offered.contains(.watchList) }
    /// Whether it keeps `restartPolicy` of init containers.
    public var hasNativeSidecars: Bool { offered.contains(.nativeSidecars) }
    /// Whether controllers run.
    public var hasControllerManager: Bool { offered.contains(.controllerManager) }

    /// Asks the server; nothing is concluded from its version.
    init(of script: ClusterScript) async throws {
        var offered: Set<Feature> = []
        let discovery = try await script.outcome("kubectl", ["get", "--raw", "/apis/discovery.k8s.io"])
        if discovery.stdout.contains("\"discovery.k8s.io/v1\"") { offered.insert(.endpointSliceV1) }
        if discovery.stdout.contains("\"discovery.k8s.io/v1beta1\"") { offered.insert(.endpointSliceV1Beta1) }
        let watch = try await script.outcome("kubectl", ["get", "--raw", Self.watchList])
        if watch.status == 0 { offered.insert(.watchList) }
        let template = try await script.outcome(
            "kubectl", ["create", "--raw", "/api/v1/namespaces/default/podtemplates?dryRun=All", "-f", "-"],
            input: Self.sidecar)
        if template.status == 0, try JSONDecoder().decode(PodTemplate.self, from: Data(template.stdout.utf8)).isSidecar
        {
            offered.insert(.nativeSidecars)
        }
        let controllerManager = script.state.appending(path: "run/kube-controller-manager").path
        if FileManager.default.fileExists(atPath: controllerManager) { offered.insert(.controllerManager) }
        self.offered = offered
    }

    /// A watch that a server without WatchList refuses as invalid.
    private static let watchList =
        "/api/v1/namespaces?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
        + "&allowWatchBookmarks=true&timeoutSeconds=1"

    /// A template, of which a server without native sidecars drops the restart policy of the init container.
    private static let sidecar = """
        {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "sidecar"}, "template": {"spec": {
          "initContainers": [{"name": "sidecar", "image": "x", "restartPolicy": "Always"}],
          "containers": [{"name": "main", "image": "x"}]}}}
        """
}

/// The part of a pod template that tells whether the server knows sidecars.
private struct PodTemplate: Decodable {
    struct Template: Decodable { let spec: Spec }
    struct Spec: Decodable { let initContainers: [Container] }
    struct Container: Decodable { let restartPolicy: String? }

    let template: Template

    var isSidecar: Bool { template.spec.initContainers.contains { $0.restartPolicy == "Always" } }
}

extension TestCluster {
    /// Whether the shared cluster offers what a test needs; says that the test is not run if not.
    ///
    /// For the trait `.enabled("needs ...") { try await TestCluster.offers(.watchList, for: "the test's name") }`: the
    /// test is then skipped, and never counts as passed.
    ///
    /// - Parameters:
    ///   - feature: what the test needs.
    ///   - test: the test's name, for the line `not run: NAME: REASON`.
    public static func offers(_ feature: Features.Feature, for test: String) async throws -> Bool {
        let cluster = try await shared()
        if cluster.features.offered.contains(feature) { return true }
        print("not run: \(test): Kubernetes \(cluster.version) does not offer \(feature.rawValue)")
        return false
    }
}

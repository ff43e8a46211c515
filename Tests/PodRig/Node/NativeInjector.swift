import Foundation

/// A controller beside the others, which makes native sidecars; it is asked as the API server would ask.
final class NativeInjector {
    private let controller: RunningProgram
    private static let address = "127.0.0.1:29090"

    init(_ run: NodeRun) throws {
        let programs = run.cluster.programs
        let words = [
            programs.controller, "run", "--kubeconfig", run.kubectl.kubeconfig, "--osm-namespace", "osm-system",
            "--listen", "127.0.0.1:25128", "--health", "127.0.0.1:29091", "--http", "none", "--injector", Self.address,
            "--validator", "127.0.0.1:29093", "--sidecars", "native", "--webhooks", "services",
        ]
        let images = [
            "OSM_DEFAULT_ENVOY_IMAGE": "envoyproxy/envoy:v1.40.0",
            "OSM_DEFAULT_INIT_CONTAINER_IMAGE": "osm-init:latest",
            "OSM_DEFAULT_HEALTHCHECK_CONTAINER_IMAGE": "osm-healthcheck:latest", "POD_NAME": "native-injector",
        ]
        let controller = try RunningProgram(
            name: "native-injector", logs: run.cluster.logs, environment: images, command: words)
        self.controller = controller
        try Waiting.until("the native injector", within: .seconds(60)) { () -> Void? in
            try controller.checkRunning()
            let words = ["curl", "-s", "-f", "--noproxy", "*", "http://127.0.0.1:29091/readyz"]
            return try Command(words).run().status == 0 ? () : nil
        }
    }

    func stop() { RunningProgram.stopAll([controller]) }

    /// A pod as the injector makes it.
    func inject(_ pod: [String: Any], in namespace: String) throws -> Any {
        let review: [String: Any] = [
            "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "request": [
                "uid": UUID().uuidString.lowercased(), "namespace": namespace, "operation": "CREATE", "object": pod,
                "kind": ["group": "", "version": "v1", "kind": "Pod"],
                "resource": ["group": "", "version": "v1", "resource": "pods"],
            ] as [String: Any],
        ]
        let body = try JSONSerialization.data(withJSONObject: review)
        let answer = try Command([
            "curl", "-s", "-S", "-f", "-k", "--noproxy", "*", "-H", "Content-Type: application/json", "--data-binary",
            "@-", "https://\(Self.address)/mutate-pod-creation",
        ]).check(input: String(decoding: body, as: UTF8.self))
        struct Review: Decodable {
            struct Response: Decodable {
                let allowed: Bool
                let patch: Data?
            }
            let response: Response
        }
        let response = try JSONDecoder().decode(Review.self, from: Data(answer.utf8)).response
        guard response.allowed, let patch = response.patch else {
            throw RigError(.program, "the native injector does not inject: \(answer)")
        }
        return try ObjectPatch(patch).applied(to: pod)
    }
}

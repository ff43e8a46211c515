import Foundation

/// Native sidecars, as a controller makes them for servers that have them.
///
/// This server drops the field: the pods are read by the node from files, and stand on the server without it.
struct NativeProof: NodeProof {
    let name = "native"
    let promise =
        "a native sidecar starts before init containers and ends after the application: both are in the mesh, a pod that ends by itself ends, and gRPC is probed"

    private static let namespace = "native"

    func run(_ run: NodeRun) throws -> String {
        let namespace = Self.namespace
        try run.makeNamespace(namespace, accounts: ["server", "worker"])
        let serve = ["serve", "--http=8080", "--name=server"]
        try run.apply(
            NodeManifests.service("server", in: namespace)
                + NodeManifests.deployment("server", in: namespace, arguments: serve))
        try run.cluster.awaitRollouts(in: namespace)
        let injector = try NativeInjector(run)
        defer { injector.stop() }
        for (name, spec) in [("job", Self.job), ("grpc", Self.grpc)] {
            let pod: [String: Any] = [
                "apiVersion": "v1", "kind": "Pod",
                "metadata": ["name": name, "namespace": namespace, "labels": ["app": name]], "spec": spec,
            ]
            let patched = try injector.inject(pod, in: namespace)
            let data = try JSONSerialization.data(withJSONObject: patched, options: [.sortedKeys])
            try data.write(to: URL(filePath: "\(run.cluster.podFiles)/\(name).json"))
        }
        try run.await(".status.phase", of: "pod/job", in: namespace, is: "Succeeded", within: .seconds(90))
        let log = try run.kubectl.check(["logs", "job", "-n", namespace, "-c", "app"])
        let reports = log.split(separator: "\n").compactMap {
            try? JSONDecoder().decode(LoadReport.self, from: Data($0.utf8))
        }
        let last = reports.last { $0.total == true }
        run.expect("requests of the application that failed", 0, last?.failed ?? -1)
        run.expect("the init container called through the mesh", true, try initIsGood(run))
        try run.await(
            ".status.conditions[?(@.type==\"Ready\")].status", of: "pod/grpc", in: namespace, is: "True",
            within: .seconds(60))
        for name in ["job", "grpc"] {
            try FileManager.default.removeItem(atPath: "\(run.cluster.podFiles)/\(name).json")
        }
        try run.remove(namespace)
        return "\(last?.done ?? 0) requests of a pod that ended by itself; a gRPC probe answered by the helper"
    }

    private func initLog(_ run: NodeRun) throws -> String {
        try run.kubectl.check(["logs", "job", "-n", Self.namespace, "-c", "before"])
    }

    /// Whether all requests of the init container were answered as they shall be.
    private func initIsGood(_ run: NodeRun) throws -> Bool {
        let reports = try initLog(run).split(separator: "\n").compactMap {
            try? JSONDecoder().decode(LoadReport.self, from: Data($0.utf8))
        }
        return reports.last.map { $0.total == true && $0.done > 0 && $0.failed == 0 } ?? false
    }

    private static var call: [String] {
        ["load", "--url=http://server.\(namespace):8080/work", "--rate=10", "--seconds=2"]
    }

    private static var job: [String: Any] {
        [
            "serviceAccountName": "worker", "restartPolicy": "Never",
            "initContainers": [["name": "before", "image": "osm-pod-app:latest", "args": call]],
            "containers": [["name": "app", "image": "osm-pod-app:latest", "args": call]],
        ]
    }

    private static var grpc: [String: Any] {
        let probe: [String: Any] = ["grpc": ["port": 9000], "periodSeconds": 1, "timeoutSeconds": 3]
        return [
            "serviceAccountName": "worker",
            "containers": [
                [
                    "name": "app", "image": "osm-pod-app:latest",
                    "args": ["serve", "--name=g", "--grpc=9000"], "readinessProbe": probe,
                ] as [String: Any]
            ],
        ]
    }
}

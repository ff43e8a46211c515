import Foundation

/// The API server goes away for a while.
struct CheckOutage: Sendable {
    let cluster: CheckCluster
    /// The command `hack/cluster.sh` with its state, for one of its commands.
    let script: @Sendable (String) -> Program

    /// Pods run on, and what changed meanwhile is told afterwards; new pods run.
    func row() async -> CheckTable.Row {
        let expected = "ready; the same container, not ready; a new pod ready"
        var observed = ""
        do { observed = try await observe() } catch { observed = "\(error)" }
        return CheckTable.Row(
            name: "pods run on without the API server, which hears of changes afterwards", expected: expected,
            observed: observed)
    }

    private func observe() async throws -> String {
        let files = "\(cluster.directory)/outage"
        try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: "\(files)/ready"))
        try await cluster.createPod(
            "outage",
            """
            containers:
            - name: app
              image: "tools:1"
              command: [sleep, "1000"]
              readinessProbe: {exec: {command: [test, -e, /h/ready]}, periodSeconds: 1, failureThreshold: 1}
              volumeMounts: [{name: h, mountPath: /h}]
            volumes: [{name: h, hostPath: {path: "\(files)"}}]
            """)
        let before = try await cluster.waitReady("outage").container("app")["containerID"]
        try await script("stop-server").check()
        try FileManager.default.removeItem(atPath: "\(files)/ready")
        try await Task.sleep(for: .seconds(3))
        try await script("start-server").check()
        let pod = try await cluster.wait("outage", "not ready") { $0.condition("Ready") == "False" }
        let isSame = pod.container("app")["containerID"] == before
        try await cluster.createPod(
            "after", "containers: [{name: app, image: \"tools:1\", command: [sleep, \"1000\"]}]")
        try await cluster.waitReady("after")
        return "ready; \(isSame ? "the same" : "another") container, not ready; a new pod ready"
    }
}

import Foundation

/// The controller is gone for a while.
struct WebhookOutageProof: NodeProof {
    let name = "outage"
    let promise =
        "without a controller pods in the mesh's namespaces wait to be created, others are not touched, running pods serve and stay ready, and started ones become ready once it is back"

    func run(_ run: NodeRun) throws -> String {
        let namespace = "outage"
        try run.makeNamespace(namespace, accounts: ["server", "client"])
        let ready = "readinessProbe: {httpGet: {path: /health, port: 8080}, periodSeconds: 1}\n"
        let serve = ["serve", "--http=8080", "--name=server"]
        let load = ["load", "--url=http://server.\(namespace):8080/work", "--rate=20", "--report-ms=500"]
        try run.apply(
            NodeManifests.service("server", in: namespace)
                + NodeManifests.deployment("server", in: namespace, replicas: 2, arguments: serve, more: ready))
        try run.cluster.awaitRollouts(in: namespace)
        try run.apply(
            NodeManifests.deployment("client", in: namespace, arguments: load)
                // It has its sidecar, and no node yet.
                + NodeManifests.pod(
                    "early", in: namespace, arguments: serve, spec: "  nodeSelector: {proof: outage}\n"))
        try run.cluster.awaitRollouts(in: namespace)
        run.expect(
            "the containers of the pod that waits for a node", "envoy osm-healthcheck app",
            try run.value(".spec.containers[*].name", of: "pod/early", in: namespace))

        run.note("no controller")
        let transitions = try readiness(run, namespace)
        try scale(run, to: 0)
        let node = try run.kubectl.check(["get", "nodes", "-o", "name"]).trimmingCharacters(in: .whitespacesAndNewlines)
        try run.kubectl.check(["label", node, "proof=outage"])
        try run.await(".status.phase", of: "pod/early", in: namespace, is: "Pending")
        try run.apply(NodeManifests.deployment("late", in: namespace, arguments: serve, account: "server"))
        try run.await(
            ".status.conditions[?(@.type==\"ReplicaFailure\")].reason", of: "deployment/late", in: namespace,
            is: "FailedCreate")
        let refused = try run.kubectl.run(
            ["apply", "-f", "-"], input: NodeManifests.pod("refused", in: namespace, arguments: serve))
        run.expect("creating a pod in the mesh's namespace fails", true, refused.status != 0)
        run.expect("it says which webhook is missing", true, refused.errors.contains("osm-inject.k8s.io"))
        try run.apply(NodeManifests.pod("elsewhere", in: "default", arguments: serve, more: ready))
        try run.kubectl.check(["wait", "pod/elsewhere", "-n", "default", "--for=condition=Ready", "--timeout=60s"])
        Thread.sleep(forTimeInterval: run.isSoak ? 60 : 10)
        run.expect("readiness of the pods that run", transitions, try readiness(run, namespace))
        run.expect(
            "the pod that was started without a controller is ready", "False",
            try run.value(".status.conditions[?(@.type==\"Ready\")].status", of: "pod/early", in: namespace))

        run.note("the controller is back")
        try scale(run, to: 2)
        try run.kubectl.check(["wait", "pod/early", "-n", namespace, "--for=condition=Ready", "--timeout=120s"])
        try run.cluster.awaitRollouts(in: namespace, within: 180)
        run.expect("readiness of the pods that ran", transitions, try readiness(run, namespace))
        let report = NodeLogs(run.cluster).load(of: "client", in: namespace)
        run.expect("requests that failed", 0, report.failed)
        if report.failed > 0 { run.note(report.failures) }
        try run.kubectl.check(["label", node, "proof-"])
        try run.kubectl.check(["delete", "pod", "elsewhere", "-n", "default"])
        try run.remove(namespace)
        return "\(report.done) requests before, during and after, \(report.failed) failed; no readiness changed"
    }

    /// Of the pods of both Deployments: since when they are ready, and how often they were started.
    private func readiness(_ run: NodeRun, _ namespace: String) throws -> String {
        let path =
            "jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type==\"Ready\")].status} {.status.conditions[?(@.type==\"Ready\")].lastTransitionTime} {.status.containerStatuses[*].restartCount}{\"\\n\"}{end}"
        return try run.kubectl.check(
            ["get", "pods", "--namespace", namespace, "--selector", "app in (server, client)", "--output", path])
    }

    private func scale(_ run: NodeRun, to replicas: Int) throws {
        let (namespace, name) = ("osm-system", "deployment/osm-controller")
        try run.kubectl.check(["scale", name, "--namespace", namespace, "--replicas", "\(replicas)"])
        if replicas > 0 { return try run.cluster.awaitRollouts(in: namespace) }
        try run.await(".status.replicas", of: name, in: namespace, is: "")
        try Waiting.until("the controller's pods to end", within: .seconds(60), pause: .milliseconds(500)) {
            () -> Void? in
            try run.kubectl.check(["get", "pods", "-n", namespace, "-o", "name"]).isEmpty ? () : nil
        }
    }
}

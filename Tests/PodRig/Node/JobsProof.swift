/// Pods that end by themselves, on a server without native sidecars.
struct JobsProof: NodeProof {
    let name = "jobs"
    let promise = "a Job's pod ends by itself, its sidecar with it, and a failure that is tried again has its sidecar"

    func run(_ run: NodeRun) throws -> String {
        let namespace = "jobs"
        try run.makeNamespace(namespace, accounts: ["server", "worker"])
        try run.apply(
            NodeManifests.service("server", in: namespace)
                + NodeManifests.deployment(
                    "server", in: namespace, arguments: ["serve", "--http=8080", "--name=server"]))
        try run.cluster.awaitRollouts(in: namespace)
        let call = "/pod-app load --url=http://server.\(namespace):8080/work --rate=10 --seconds=2"
        // Fails the first time, after a call through the mesh.
        let twice = "\(call) && if [ -e /data/tried ]; then exit 0; fi; touch /data/tried; exit 3"
        try run.apply(Self.job("once", in: namespace, policy: "Never", script: "\(call)"))
        try run.apply(Self.job("again", in: namespace, policy: "OnFailure", script: twice))
        for job in ["once", "again"] {
            try run.kubectl.check(
                ["wait", "job/\(job)", "-n", namespace, "--for=condition=Complete", "--timeout=120s"])
        }
        let logs = NodeLogs(run.cluster)
        let pods = try run.kubectl.check(["get", "pods", "-n", namespace, "-l", "job-name", "-o", "name"])
            .split(separator: "\n").map(String.init)
        run.expect("pods of the Jobs", 2, pods.count)
        var restarts: [String] = []
        for pod in pods {
            run.expect("phase of \(pod)", "Succeeded", try run.value(".status.phase", of: pod, in: namespace))
            restarts.append(
                try run.value(".status.containerStatuses[?(@.name==\"app\")].restartCount", of: pod, in: namespace))
        }
        run.expect("restarts of the applications", ["0", "1"], restarts.sorted())
        _ = logs
        try run.remove(namespace)
        return "2 Jobs complete, one of them at the second try, with sidecars that ended with them"
    }

    private static func job(_ name: String, in namespace: String, policy: String, script: String) -> String {
        """
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: {name: \(name), namespace: \(namespace)}
        spec:
          backoffLimit: 4
          template:
            spec:
              serviceAccountName: worker
              restartPolicy: \(policy)
              containers:
              - name: app
                image: osm-pod-app:latest
                command: [/bin/sh, -c, "\(script)"]
                volumeMounts: [{name: data, mountPath: /data}]
              volumes: [{name: data, emptyDir: {}}]

        """
    }
}

import NIOHTTP1

extension CheckCase {
    static var workloads: [CheckCase] {
        [
            CheckCase("a Job completes", "3 succeeded, Complete") { cluster in
                try await cluster.create(
                    """
                    apiVersion: batch/v1
                    kind: Job
                    metadata: {name: job}
                    spec:
                      completions: 3
                      parallelism: 2
                      template:
                        spec:
                          restartPolicy: Never
                          containers: [{name: app, image: "tools:1", command: ["true"]}]
                    """)
                let path = "/apis/batch/v1/namespaces/default/jobs/job"
                try await cluster.wait("the job is complete") {
                    try await cluster.api.send(.GET, path).condition("Complete") == "True"
                }
                let count = try await cluster.api.send(.GET, path).at("status", "succeeded")?.int ?? 0
                return "\(count) succeeded, Complete"
            },
            CheckCase("a Deployment is restarted without a failed call", "rolled out, 0 failed calls, 2 new pods") {
                cluster in
                try await cluster.create(
                    """
                    apiVersion: apps/v1
                    kind: Deployment
                    metadata: {name: rolling}
                    spec:
                      replicas: 2
                      strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}
                      selector: {matchLabels: {app: rolling}}
                      template:
                        metadata: {labels: {app: rolling}}
                        spec:
                          containers:
                          - name: app
                            image: "pod-app:latest"
                            args: [serve, --name, rolling, --http, "8080"]
                            readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
                            lifecycle: {preStop: {exec: {command: [sleep, "1"]}}}
                    ---
                    apiVersion: v1
                    kind: Service
                    metadata: {name: rolling}
                    spec: {selector: {app: rolling}, ports: [{port: 80, targetPort: 8080}]}
                    """)
                func names() async throws -> Set<String> {
                    let list = try await cluster.api.send(
                        .GET, "/api/v1/namespaces/default/pods?labelSelector=app%3Drolling")
                    return Set((list["items"]?.array ?? []).compactMap { $0.at("metadata", "name")?.string })
                }
                _ = try await cluster.kubectl("rollout", "status", "deployment/rolling", "--timeout", "60s")
                let old = try await names()
                try await cluster.createPod(
                    "rolling-caller",
                    """
                    restartPolicy: Never
                    containers:
                    - name: app
                      image: "tools:1"
                      command: [sh, -c, "trap 'echo failed $f; exit' TERM; f=0; while :; do curl -s -f -m 5 -o /dev/null http://rolling/ || f=$((f + 1)); sleep 0.02; done"]
                    """)
                try await cluster.waitReady("rolling-caller")
                _ = try await cluster.kubectl("rollout", "restart", "deployment/rolling")
                let outcome = try await cluster.kubectl("rollout", "status", "deployment/rolling", "--timeout", "60s")
                _ = try await cluster.kubectl("exec", "rolling-caller", "--", "kill", "-TERM", "1")
                let failed = try await cluster.waitLog("rolling-caller", "failed").split(separator: " ").last ?? ""
                try await cluster.wait("old pods are gone") { try await names().isDisjoint(with: old) }
                let isRolled = outcome.output.contains("successfully rolled out")
                return
                    "\(isRolled ? "rolled out" : outcome.errors), \(failed) failed calls, \(try await names().count) new pods"
            },
            CheckCase("a StatefulSet's pods come in order, with names of their own", "set-0 set-1, set-1.set found") {
                cluster in
                try await cluster.create(
                    """
                    apiVersion: v1
                    kind: Service
                    metadata: {name: set}
                    spec: {clusterIP: None, selector: {app: set}, ports: [{port: 80}]}
                    ---
                    apiVersion: apps/v1
                    kind: StatefulSet
                    metadata: {name: set}
                    spec:
                      serviceName: set
                      replicas: 2
                      selector: {matchLabels: {app: set}}
                      template:
                        metadata: {labels: {app: set}}
                        spec:
                          terminationGracePeriodSeconds: 1
                          containers: [{name: app, image: "tools:1", command: [sleep, "1000"]}]
                    """)
                try await cluster.waitReady("set-0")
                let pod = try await cluster.waitReady("set-1")
                var found = ""
                try await cluster.wait("the name is known") {
                    found = try await cluster.kubectl("exec", "set-0", "--", "getent", "ahostsv4", "set-1.set").output
                    return !found.isEmpty
                }
                let isRight = found.hasPrefix("\(pod.at("status", "podIP")?.string ?? "-") ")
                return "set-0 set-1, set-1.set \(isRight ? "found" : found)"
            },
        ]
    }
}

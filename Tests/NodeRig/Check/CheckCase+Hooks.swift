extension CheckCase {
    static var hooks: [CheckCase] {
        [
            CheckCase("postStart holds the next container back", "first, hook, second") { cluster in
                try await cluster.createPod(
                    "post-start",
                    """
                    restartPolicy: Never
                    containers:
                    - name: first
                      image: "tools:1"
                      command: [sh, -c, "echo first >> /v/f; while ! grep -q hook /v/f; do sleep 0.1; done"]
                      lifecycle: {postStart: {exec: {command: [sh, -c, "sleep 1; echo hook >> /v/f"]}}}
                      volumeMounts: [{name: v, mountPath: /v}]
                    - {name: app, image: "tools:1", command: [sh, -c, "echo second >> /v/f; echo $(cat /v/f)"], volumeMounts: [{name: v, mountPath: /v}]}
                    volumes: [{name: v, emptyDir: {}}]
                    """)
                _ = try await cluster.waitEnd("post-start")
                return try await cluster.log("post-start").replacing(" ", with: ", ")
            },
            CheckCase("a postStart that fails restarts its container", "FailedPostStartHook, restarted, other ready") {
                cluster in
                try await cluster.createPod(
                    "post-start-fails",
                    """
                    containers:
                    - name: app
                      image: "tools:1"
                      command: [sleep, "100"]
                      lifecycle: {postStart: {exec: {command: [sh, -c, "exit 4"]}}}
                    - {name: other, image: "tools:1", command: [sleep, "100"]}
                    """)
                let message = try await cluster.waitEvent("post-start-fails", "FailedPostStartHook", "4")
                let pod = try await cluster.wait("post-start-fails", "restarted") { pod in
                    pod.container("app").restarts > 0 && pod.container("other")["ready"] == true
                }
                let isOther = pod.container("other")["ready"] == true ? "other ready" : "other not ready"
                return message.isEmpty ? "" : "FailedPostStartHook, restarted, \(isOther)"
            },
        ]
    }
}

extension CheckCase {
    /// A container that notes when it begins and when it is asked to end.
    private static func noting(_ name: String, _ more: String = "") -> String {
        """
        - name: \(name)
          image: "tools:1"
          command: [sh, -c, "echo \(name) >> /v/f; trap 'echo end-\(name) >> /v/f; exit 0' TERM; while :; do sleep 0.05; done"]
          volumeMounts: [{name: v, mountPath: /v}]
        \(more)
        """
    }

    static var sidecars: [CheckCase] {
        [
            CheckCase(
                "sidecars start in order, each waited for, and end last in reverse",
                "Succeeded: one up-one two init app end-two end-one"
            ) { cluster in
                let probe = """
                      restartPolicy: Always
                      startupProbe: {exec: {command: [sh, -c, "sleep 0.3; echo up-one >> /v/f"]}, periodSeconds: 1, timeoutSeconds: 30}
                    """
                try cluster.writePod(
                    "sidecars",
                    """
                    restartPolicy: Never
                    initContainers:
                    \(noting("one", probe))
                    \(noting("two", "  restartPolicy: Always"))
                    - {name: init, image: "tools:1", command: [sh, -c, "sleep 0.5; echo init >> /v/f"], volumeMounts: [{name: v, mountPath: /v}]}
                    containers:
                    - {name: app, image: "tools:1", command: [sh, -c, "echo app >> /v/f; cp /v/f /h/before"], volumeMounts: [{name: v, mountPath: /v}, {name: h, mountPath: /h}]}
                    volumes:
                    - {name: v, hostPath: {path: "\(cluster.directory)/sidecars", type: DirectoryOrCreate}}
                    - {name: h, emptyDir: {}}
                    """)
                let phase = try await cluster.waitEnd("sidecars")
                let lines = try CheckFile.words("\(cluster.directory)/sidecars/f")
                return "\(phase): \(lines)"
            },
            CheckCase("a sidecar that ends is started again", "1 restart, app 0 restarts, ready") { cluster in
                try cluster.writePod(
                    "sidecar-restarts",
                    """
                    initContainers:
                    - name: side
                      image: "tools:1"
                      restartPolicy: Always
                      command: [sh, -c, "[ -e /v/f ] && exec sleep 100; touch /v/f; sleep 1; exit 1"]
                      volumeMounts: [{name: v, mountPath: /v}]
                    containers: [{name: app, image: "tools:1", command: [sleep, "100"]}]
                    volumes: [{name: v, emptyDir: {}}]
                    """)
                try await cluster.wait("sidecar-restarts", "restarted") { $0.container("side").restarts == 1 }
                let pod = try await cluster.waitReady("sidecar-restarts")
                return "\(pod.container("side").restarts) restart, app \(pod.container("app").restarts) restarts, ready"
            },
            CheckCase("a sidecar's readiness is the pod's", "not ready, then ready") { cluster in
                try cluster.writePod(
                    "sidecar-ready",
                    """
                    initContainers:
                    - name: side
                      image: "tools:1"
                      restartPolicy: Always
                      command: [sleep, "100"]
                      readinessProbe: {exec: {command: [test, -e, /v/ready]}, periodSeconds: 1}
                      volumeMounts: [{name: v, mountPath: /v}]
                    containers: [{name: app, image: "tools:1", command: [sleep, "100"], volumeMounts: [{name: v, mountPath: /v}]}]
                    volumes: [{name: v, emptyDir: {}}]
                    """)
                let pod = try await cluster.wait("sidecar-ready", "running") { $0.container("app")["ready"] == true }
                let before = pod.condition("Ready") == "True" ? "ready" : "not ready"
                _ = try await cluster.kubectl("exec", "sidecar-ready", "-c", "app", "--", "touch", "/v/ready")
                try await cluster.waitReady("sidecar-ready")
                return "\(before), then ready"
            },
        ]
    }
}

extension CheckCase {
    static var lifecycle: [CheckCase] {
        [
            CheckCase("init containers run in order", "a b app") { cluster in
                try await cluster.createPod(
                    "init-order",
                    """
                    restartPolicy: Never
                    initContainers:
                    - {name: a, image: "tools:1", command: [sh, -c, "sleep 0.3; echo a >> /v/f"], volumeMounts: [{name: v, mountPath: /v}]}
                    - {name: b, image: "tools:1", command: [sh, -c, "echo b >> /v/f"], volumeMounts: [{name: v, mountPath: /v}]}
                    containers:
                    - {name: app, image: "tools:1", command: [sh, -c, "echo app >> /v/f; echo $(cat /v/f)"], volumeMounts: [{name: v, mountPath: /v}]}
                    volumes: [{name: v, emptyDir: {}}]
                    """)
                _ = try await cluster.waitEnd("init-order")
                return try await cluster.log("init-order")
            },
            CheckCase("an init container that fails ends the pod (Never)", "Failed, exit 3, app PodInitializing") {
                cluster in
                try await cluster.createPod(
                    "init-fails",
                    """
                    restartPolicy: Never
                    initContainers: [{name: a, image: "tools:1", command: [sh, -c, "exit 3"]}]
                    containers: [{name: app, image: "tools:1", command: [sleep, "100"]}]
                    """)
                let phase = try await cluster.waitEnd("init-fails")
                let pod = try await cluster.pod("init-fails")
                return "\(phase), exit \(pod.container("a").exitCode ?? -1), app \(pod.container("app").waitingReason)"
            },
            CheckCase("an init container is tried again (Always)", "2 restarts, ready") { cluster in
                try await cluster.createPod(
                    "init-retries",
                    """
                    initContainers:
                    - name: a
                      image: "tools:1"
                      command: [sh, -c, "echo x >> /v/f; [ $(wc -l < /v/f) = 3 ]"]
                      volumeMounts: [{name: v, mountPath: /v}]
                    containers: [{name: app, image: "tools:1", command: [sleep, "100"]}]
                    volumes: [{name: v, emptyDir: {medium: Memory}}]
                    """)
                let pod = try await cluster.waitReady("init-retries")
                return "\(pod.container("a").restarts) restarts, ready"
            },
            CheckCase("OnFailure starts again what failed, and no more", "Succeeded after 1 restart") { cluster in
                try await cluster.createPod(
                    "on-failure",
                    """
                    restartPolicy: OnFailure
                    containers:
                    - name: app
                      image: "tools:1"
                      command: [sh, -c, "[ -e /v/f ] && exit 0; touch /v/f; exit 1"]
                      volumeMounts: [{name: v, mountPath: /v}]
                    volumes: [{name: v, emptyDir: {}}]
                    """)
                let phase = try await cluster.waitEnd("on-failure")
                return "\(phase) after \(try await cluster.pod("on-failure").container("app").restarts) restart"
            },
            CheckCase("Never leaves what failed", "Failed, app exit 7, side exit 0") { cluster in
                try await cluster.createPod(
                    "never",
                    """
                    restartPolicy: Never
                    containers:
                    - {name: app, image: "tools:1", command: [sh, -c, "exit 7"]}
                    - {name: side, image: "tools:1", command: ["true"]}
                    """)
                let phase = try await cluster.waitEnd("never")
                let pod = try await cluster.pod("never")
                let codes = ["app", "side"].map { "\($0) exit \(pod.container($0).exitCode ?? -1)" }
                return "\(phase), \(codes.joined(separator: ", "))"
            },
            CheckCase("Always starts again what ended, and backs off", "CrashLoopBackOff, last exit 0, Running") {
                cluster in
                try await cluster.createPod(
                    "always", "containers: [{name: app, image: \"tools:1\", command: [\"true\"]}]")
                let pod = try await cluster.wait("always", "backing off") {
                    $0.container("app").waitingReason == "CrashLoopBackOff"
                }
                let last = pod.container("app").lastExitCode ?? -1
                _ = try await cluster.waitEvent("always", "BackOff")
                return "CrashLoopBackOff, last exit \(last), \(pod.phase)"
            },
            CheckCase("an image that is not in the table", "ErrImagePull, Pending") { cluster in
                try await cluster.createPod("no-image", "containers: [{name: app, image: \"nowhere:1\"}]")
                let pod = try await cluster.wait("no-image", "refused") {
                    !["", "ContainerCreating"].contains($0.container("app").waitingReason)
                }
                return "\(pod.container("app").waitingReason), \(pod.phase)"
            },
            CheckCase(
                "conditions, addresses and quality of service", "True True True True, 10.66.0.1, Guaranteed, in 10.66."
            ) {
                cluster in
                try await cluster.createPod(
                    "status",
                    """
                    containers:
                    - name: app
                      image: "tools:1"
                      command: [sleep, "100"]
                      resources: {limits: {cpu: 10m, memory: 10Mi}}
                    """)
                let pod = try await cluster.waitReady("status")
                let conditions = ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map(pod.condition)
                let address = pod.at("status", "podIPs")?.array?.first?["ip"]?.string ?? ""
                let words = [
                    conditions.joined(separator: " "), pod.at("status", "hostIP")?.string ?? "",
                    pod.at("status", "qosClass")?.string ?? "", "in \(address.prefix(6))",
                ]
                return words.joined(separator: ", ")
            },
        ]
    }
}

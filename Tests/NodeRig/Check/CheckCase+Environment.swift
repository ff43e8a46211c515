extension CheckCase {
    static var environment: [CheckCase] {
        [
            CheckCase("variables and references to them", "hello-world|$(A)|$(NONE)|hello|late|k|arg hello $HOME") {
                cluster in
                try await cluster.create(
                    """
                    apiVersion: v1
                    kind: ConfigMap
                    metadata: {name: variables}
                    data: {KEY: k}
                    """)
                try await cluster.createPod(
                    "variables",
                    """
                    restartPolicy: Never
                    containers:
                    - name: app
                      image: "tools:1"
                      env:
                      - {name: A, value: hello}
                      - {name: B, value: $(A)-world}
                      - {name: C, value: $$(A)}
                      - {name: D, value: $(NONE)}
                      - {name: E, value: $(A)}
                      - {name: A2, value: late}
                      envFrom: [{prefix: P_, configMapRef: {name: variables}}]
                      command: [sh, -c, 'echo "$B|$C|$D|$E|$A2|$P_KEY|$0 $1"', "arg $(A)"]
                      args: ["$HOME"]
                    """)
                _ = try await cluster.waitEnd("variables")
                return try await cluster.log("variables")
            },
            CheckCase(
                "the downward API in variables", "downward default node 10.66.0.1 default downward 3 same-uid same-ip"
            ) { cluster in
                func field(_ name: String, _ path: String) -> String {
                    "{name: \(name), valueFrom: {fieldRef: {fieldPath: \(path)}}}"
                }
                let fields = [
                    field("NAME", "metadata.name"), field("SPACE", "metadata.namespace"),
                    field("NODE", "spec.nodeName"),
                    field("HOST", "status.hostIP"), field("ACCOUNT", "spec.serviceAccountName"),
                    field("LABEL", "\"metadata.labels['app']\""), field("UID_", "metadata.uid"),
                    field("IP", "status.podIP"),
                    "{name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}",
                ]
                try await cluster.createPod(
                    "downward",
                    """
                    restartPolicy: Never
                    containers:
                    - name: app
                      image: "tools:1"
                      resources: {limits: {cpu: 2500m}, requests: {cpu: 1m}}
                      env: [\(fields.joined(separator: ", "))]
                      command: [sh, -c, "echo $NAME $SPACE $NODE $HOST $ACCOUNT $LABEL $CPU $UID_ $IP"]
                    """)
                _ = try await cluster.waitEnd("downward")
                let pod = try await cluster.pod("downward")
                return try await cluster.log("downward")
                    .replacing(pod.at("metadata", "uid")?.string ?? "-", with: "same-uid")
                    .replacing(pod.at("status", "podIP")?.string ?? "-", with: "same-ip")
            },
            CheckCase("the working directory, and the API server's address in variables", "/var/tmp 10.96.0.1:443") {
                cluster in
                try await cluster.createPod(
                    "directory",
                    """
                    restartPolicy: Never
                    containers:
                    - name: app
                      image: "tools:1"
                      workingDir: /var/tmp
                      command: [sh, -c, "echo $(pwd) $KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT"]
                    """)
                _ = try await cluster.waitEnd("directory")
                return try await cluster.log("directory")
            },
            CheckCase("a key that is missing is waited for", "CreateContainerConfigError, then ready") { cluster in
                try await cluster.createPod(
                    "key-missing",
                    """
                    containers:
                    - name: app
                      image: "tools:1"
                      command: [sleep, "100"]
                      env: [{name: A, valueFrom: {configMapKeyRef: {name: late-key, key: a}}}]
                    """)
                let pod = try await cluster.wait("key-missing", "refused") {
                    !["", "ContainerCreating"].contains($0.container("app").waitingReason)
                }
                try await cluster.create(
                    """
                    apiVersion: v1
                    kind: ConfigMap
                    metadata: {name: late-key}
                    data: {a: b}
                    """)
                try await cluster.waitReady("key-missing")
                return "\(pod.container("app").waitingReason), then ready"
            },
            CheckCase(
                "names: hostname, hosts and resolv.conf",
                "names own-ip 10.1.2.3 10.96.0.10 default.svc.cluster.local ndots:5"
            ) {
                cluster in
                try await cluster.createPod(
                    "names",
                    """
                    restartPolicy: Never
                    hostAliases: [{ip: 10.1.2.3, hostnames: [alias.test]}]
                    containers:
                    - name: app
                      image: "tools:1"
                      command: [sh, -c, "echo $(hostname) $(getent ahostsv4 names | sed -n '1s/ .*//p') $(getent ahostsv4 alias.test | sed -n '1s/ .*//p') $(awk '{print $2}' /etc/resolv.conf)"]
                    """)
                _ = try await cluster.waitEnd("names")
                let pod = try await cluster.pod("names")
                return try await cluster.log("names")
                    .replacing(pod.at("status", "podIP")?.string ?? "-", with: "own-ip")
            },
        ]
    }
}

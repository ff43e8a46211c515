extension CheckCase {
    /// Runs a container with a security context, and returns what it printed.
    private static func run(
        _ name: String, _ context: String, _ script: String, _ cluster: CheckCluster, pod: String = "{}"
    ) async throws -> String {
        try await cluster.createPod(
            name,
            """
            restartPolicy: Never
            securityContext: \(pod)
            containers:
            - name: app
              image: "tools:1"
              securityContext: \(context)
              command: [sh, -c, "\(script)"]
            """)
        _ = try await cluster.waitEnd(name)
        return try await cluster.log(name).replacing("\n", with: " ")
    }

    /// Prints the capabilities that are in effect.
    private static let capabilities = "echo $(id -u) $(id -g) $(sed -n 's/^CapEff:.//p' /proc/self/status)"

    static var identity: [CheckCase] {
        [
            CheckCase("root has the usual capabilities", "0 0 00000000a80425fb") {
                try await run("root", "{}", capabilities, $0)
            },
            CheckCase("root with NET_ADMIN can write rules in its own network", "0 0 00000000a80435fb rules") {
                try await run(
                    "net-admin", "{capabilities: {add: [NET_ADMIN]}, runAsUser: 0}",
                    "\(capabilities); iptables -t nat -A OUTPUT -p tcp -j RETURN && iptables -t nat -S | grep -q RETURN && echo rules",
                    $0)
            },
            CheckCase("root without capabilities", "0 0 0000000000000000") {
                try await run("no-capabilities", "{capabilities: {drop: [ALL]}}", capabilities, $0)
            },
            CheckCase(
                "another user, of the container and of the pod",
                "1500 0 0000000000000000; 1600 1700 groups 1700 1800 2000"
            ) {
                let own = try await run("user", "{runAsUser: 1500}", capabilities, $0, pod: "{runAsUser: 1600}")
                let common = try await run(
                    "pod-user", "{}", "echo $(id -u) $(id -g) groups $(id -G)", $0,
                    pod: "{runAsUser: 1600, runAsGroup: 1700, fsGroup: 1800, supplementalGroups: [2000]}")
                return "\(own); \(sorted(common))"
            },
            CheckCase("runAsNonRoot refuses root", "CreateContainerConfigError") { cluster in
                try await cluster.createPod(
                    "non-root",
                    "containers: [{name: app, image: \"tools:1\", command: [\"true\"], securityContext: {runAsNonRoot: true}}]"
                )
                let pod = try await cluster.wait("non-root", "refused") {
                    !["", "ContainerCreating"].contains($0.container("app").waitingReason)
                }
                return pod.container("app").waitingReason
            },
            CheckCase(
                "files: own ones are writable unless they must not be, and the node's are not there",
                "written; read-only; 0"
            ) {
                let script = "touch /x /etc/x /usr/x 2>/dev/null && echo written || echo read-only"
                let open = try await run("writable", "{}", script, $0)
                let closed = try await run("read-only", "{readOnlyRootFilesystem: true}", script, $0)
                let seen = try await run(
                    "isolated", "{}", "ls -A /root /home /work 2>/dev/null | grep -vc ':$\\\\|^$'; true", $0)
                return "\(open); \(closed); \(seen)"
            },
        ]
    }

    /// Groups in the order of their numbers.
    private static func sorted(_ text: String) -> String {
        let words = text.split(separator: " ")
        let groups = words.dropFirst(3).compactMap { Int($0) }.sorted().map { "\($0)" }
        return (words.prefix(3).map(String.init) + groups).joined(separator: " ")
    }
}

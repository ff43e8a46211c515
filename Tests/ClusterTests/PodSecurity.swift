/// The profile `restricted` of Kubernetes' Pod Security Standards, which contains `baseline`.
///
/// Our test server has no admission plugin for it. Source: `kubernetes.io/docs/concepts/security/pod-security-standards`.
enum PodSecurity {
    /// One control: what some fields of a pod's spec may hold.
    struct Control: Sendable {
        enum Rule: Sendable {
            /// Each value at the paths is one of these; `null` stands for a field that is not there.
            case allowed([Tree], at: [String])
            /// The value of each container, else that of the pod, is one of these; `null` is not.
            case inherited([Tree], at: String)
            /// No value at the paths is this.
            case forbidden(Tree, at: [String])
            /// Each list at the paths holds nothing else.
            case within([Tree], at: [String])
            /// Each list at the paths holds this.
            case holds(Tree, at: [String])
            /// Each map at the path has no other keys.
            case keys(Set<String>, at: String)
        }

        let name: String
        let rules: [Rule]
    }

    /// The three lists of containers of a pod.
    private static let containers = ["containers[*]", "initContainers[*]", "ephemeralContainers[*]"]

    private static func containers(_ fields: String...) -> [String] {
        containers.flatMap { container in fields.map { "\(container).\($0)" } }
    }

    /// A field of the security context of the pod and of its containers.
    private static func contexts(_ field: String) -> [String] {
        ["securityContext.\(field)"] + containers("securityContext.\(field)")
    }

    static let restricted: [Control] = [
        Control(name: "HostProcess", rules: [.allowed([.null, false], at: contexts("windowsOptions.hostProcess"))]),
        Control(
            name: "Host Namespaces",
            rules: [.allowed([.null, false], at: ["hostNetwork", "hostPID", "hostIPC"])]),
        Control(
            name: "Privileged Containers",
            rules: [.allowed([.null, false], at: containers("securityContext.privileged"))]),
        Control(
            name: "Capabilities",
            rules: [
                .holds("ALL", at: containers("securityContext.capabilities.drop")),
                .within(["NET_BIND_SERVICE"], at: containers("securityContext.capabilities.add")),
            ]),
        Control(name: "HostPath Volumes", rules: [.allowed([.null], at: ["volumes[*].hostPath"])]),
        Control(name: "Host Ports", rules: [.allowed([.null, 0], at: containers("ports[*].hostPort"))]),
        Control(
            name: "Host Probes and Lifecycle Hooks",
            rules: [
                .allowed(
                    [.null, ""],
                    at: ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle.postStart", "lifecycle.preStop"]
                        .flatMap { containers("\($0).httpGet.host", "\($0).tcpSocket.host") })
            ]),
        Control(
            name: "AppArmor",
            rules: [.allowed([.null, "RuntimeDefault", "Localhost"], at: contexts("appArmorProfile.type"))]),
        Control(
            name: "SELinux",
            rules: [
                .allowed(
                    [.null, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"],
                    at: contexts("seLinuxOptions.type")),
                .allowed([.null, ""], at: contexts("seLinuxOptions.user") + contexts("seLinuxOptions.role")),
            ]),
        Control(
            name: "/proc Mount Type",
            rules: [.allowed([.null, "Default"], at: containers("securityContext.procMount"))]),
        Control(
            name: "Sysctls",
            rules: [
                .allowed(
                    [
                        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
                        "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports",
                        "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
                        "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
                    ], at: ["securityContext.sysctls[*].name"])
            ]),
        Control(
            name: "Volume Types",
            rules: [
                .keys(
                    [
                        "name", "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim",
                        "projected", "secret",
                    ], at: "volumes[*]")
            ]),
        Control(
            name: "Privilege Escalation",
            rules: [.allowed([false], at: containers("securityContext.allowPrivilegeEscalation"))]),
        Control(
            name: "Running as Non-root",
            rules: [.inherited([true], at: "securityContext.runAsNonRoot")]),
        Control(name: "Running as Non-root user", rules: [.forbidden(0, at: contexts("runAsUser"))]),
        Control(
            name: "Seccomp",
            rules: [.inherited(["RuntimeDefault", "Localhost"], at: "securityContext.seccompProfile.type")]),
    ]

    /// What of a pod's spec breaks the profile: the name of the control and the field, in the order of the controls.
    static func violations(of spec: Tree) -> [String] {
        restricted.flatMap { control in
            control.rules.flatMap { fields(breaking: $0, spec).map { "\(control.name): \($0)" } }
        }
    }

    private static func fields(breaking rule: Control.Rule, _ spec: Tree) -> [String] {
        func fields(_ paths: [String], where isBad: (Tree) -> Bool) -> [String] {
            paths.flatMap { spec.values(at: $0) }.filter { isBad($0.value) }.map(\.path)
        }
        switch rule {
        case .allowed(let values, let paths): return fields(paths) { !values.contains($0) }
        case .within(let values, let paths): return fields(paths) { !$0.list.allSatisfy(values.contains) }
        case .holds(let value, let paths): return fields(paths) { !$0.list.contains(value) }
        case .forbidden(let value, let paths): return fields(paths) { $0 == value }
        case .keys(let keys, let path): return fields([path]) { !Set(($0.map ?? [:]).keys).isSubset(of: keys) }
        case .inherited(let values, let path):
            let own = spec.values(at: path)[0].value
            return fields(containers(path)) { !values.contains($0 == .null ? own : $0) }
        }
    }
}

import TestCluster
import Testing

@Suite("Pod Security, profile restricted")
struct PodSecurityTests {
    /// The pod template of the controller, as `kubectl kustomize config/default` makes it.
    private static func controllerPod() async throws -> Tree { try await kustomized.value }

    private static let kustomized = Task {
        let cluster = try await TestCluster.shared()
        let output = try await cluster.kubectlOutput(["kustomize", Checkout.path("config/default")])
        let deployments = try Tree.documents(yaml: output).filter { $0["kind"] == "Deployment" }
        try #require(deployments.count == 1)
        return deployments[0]["spec"]["template"]["spec"]
    }

    @Test("The controller keeps to it, with a file system that it cannot write")
    func controller() async throws {
        let pod = try await Self.controllerPod()
        #expect(pod["containers"].list.count == 1)
        #expect(PodSecurity.violations(of: pod) == [])
        #expect(pod["containers"].list.allSatisfy { $0["securityContext"]["readOnlyRootFilesystem"].isTrue })
    }

    /// What a pod may not be, and the control that says so.
    static let breaches: [(path: String, value: Tree, control: String)] = [
        ("securityContext.windowsOptions", ["hostProcess": true], "HostProcess"),
        ("containers.0.securityContext.windowsOptions", ["hostProcess": true], "HostProcess"),
        ("hostNetwork", true, "Host Namespaces"),
        ("hostPID", true, "Host Namespaces"),
        ("hostIPC", true, "Host Namespaces"),
        ("containers.0.securityContext.privileged", true, "Privileged Containers"),
        ("containers.0.securityContext.capabilities", .null, "Capabilities"),
        ("containers.0.securityContext.capabilities.drop", ["NET_RAW"], "Capabilities"),
        ("containers.0.securityContext.capabilities.add", ["NET_ADMIN"], "Capabilities"),
        ("volumes", [["name": "a", "hostPath": ["path": "/"]]], "HostPath Volumes"),
        ("volumes", [["name": "a", "nfs": ["server": "b", "path": "/"]]], "Volume Types"),
        ("containers.0.ports.0.hostPort", 80, "Host Ports"),
        ("containers.0.livenessProbe.httpGet.host", "192.0.2.1", "Host Probes and Lifecycle Hooks"),
        ("securityContext.appArmorProfile", ["type": "Unconfined"], "AppArmor"),
        ("containers.0.securityContext.appArmorProfile", ["type": "Unconfined"], "AppArmor"),
        ("securityContext.seLinuxOptions", ["type": "spc_t"], "SELinux"),
        ("containers.0.securityContext.seLinuxOptions", ["user": "root"], "SELinux"),
        ("containers.0.securityContext.procMount", "Unmasked", "/proc Mount Type"),
        ("securityContext.sysctls", [["name": "kernel.msgmax", "value": "1"]], "Sysctls"),
        ("containers.0.securityContext.allowPrivilegeEscalation", .null, "Privilege Escalation"),
        ("containers.0.securityContext.allowPrivilegeEscalation", true, "Privilege Escalation"),
        ("securityContext.runAsNonRoot", .null, "Running as Non-root"),
        ("containers.0.securityContext.runAsNonRoot", false, "Running as Non-root"),
        ("securityContext.runAsUser", 0, "Running as Non-root user"),
        ("containers.0.securityContext.runAsUser", 0, "Running as Non-root user"),
        ("securityContext.seccompProfile", .null, "Seccomp"),
        ("securityContext.seccompProfile", ["type": "Unconfined"], "Seccomp"),
        ("containers.0.securityContext.seccompProfile", ["type": "Unconfined"], "Seccomp"),
        ("initContainers", [["name": "a"]], "Capabilities"),
        ("initContainers", [["name": "a"]], "Privilege Escalation"),
        ("ephemeralContainers", [["name": "a", "securityContext": ["privileged": true]]], "Privileged Containers"),
    ]

    @Test("What breaks a control is found", arguments: breaches)
    func breach(path: String, value: Tree, control: String) async throws {
        var pod = try await Self.controllerPod()
        pod.set(path.split(separator: ".").map(String.init), to: value)
        let violations = PodSecurity.violations(of: pod)
        #expect(violations.contains { $0.hasPrefix("\(control): ") }, "\(violations)")
    }

    @Test("Every control of the profile is broken by one of them")
    func completeness() {
        #expect(Set(Self.breaches.map(\.control)) == Set(PodSecurity.restricted.map(\.name)))
    }

    /// What a pod may be.
    static let permitted: [(path: String, value: Tree)] = [
        ("containers.0.securityContext.capabilities.add", ["NET_BIND_SERVICE"]),
        ("containers.0.securityContext.seccompProfile", ["type": "Localhost", "localhostProfile": "a"]),
        ("containers.0.securityContext.runAsNonRoot", true),
        ("containers.0.securityContext.runAsUser", 1),
        ("volumes", [["name": "a", "emptyDir": [:]], ["name": "b", "projected": ["sources": []]]]),
        ("securityContext.sysctls", [["name": "net.ipv4.tcp_syncookies", "value": "1"]]),
        ("hostNetwork", false),
    ]

    @Test("What breaks none is not", arguments: permitted)
    func permission(path: String, value: Tree) async throws {
        var pod = try await Self.controllerPod()
        pod.set(path.split(separator: ".").map(String.init), to: value)
        #expect(PodSecurity.violations(of: pod) == [])
    }
}

internal import ArgumentParser
internal import KubernetesClient
internal import MeshModel

/// The command `osm verify control-plane-health`.
struct VerifyControlPlaneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "control-plane-health", abstract: "Check that the control plane is well.",
        discussion: """
            The exit status is 1 if a step fails.

            EXAMPLES:
              osm verify control-plane-health
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let result = try await global.withCluster("verifying the control plane's health") { cluster in
            try await verification(cluster)
        }
        try result.conclude(on: global.console, as: output.output)
    }

    private func verification(_ cluster: ClusterConnection) async throws -> Verification {
        let namespace = cluster.osmNamespace
        let pods = try await cluster.controllerPods(in: namespace).filter { $0.metadata.deletionTimestamp == nil }
        var steps = [
            Verification(
                "Verify that the control plane runs in namespace \"\(namespace)\"", !pods.isEmpty,
                orBecause: "There is no pod with the label \(InstalledMesh.selector)",
                suggestion: "Install it with `osm install`, or name its namespace with --osm-namespace")
        ]
        for pod in pods {
            steps.append(status(of: pod, namespace))
            for path in ["/health/alive", "/health/ready"] { steps.append(await probe(pod, namespace, path, cluster)) }
        }
        return Verification("Verify the health of OSM control plane", of: steps)
    }

    private func status(of pod: PodObject, _ namespace: String) -> Verification {
        let name = pod.metadata.name
        let missing = ["PodScheduled", "Initialized", "ContainersReady", "Ready"].filter { kind in
            !(pod.status?.conditions ?? []).contains { $0.type == kind && $0.status == "True" }
        }
        return Verification(
            "Verify the status of pod \"\(namespace)/\(name)\"", missing.isEmpty,
            orBecause: "Its conditions \(missing.joined(separator: ", ")) are not True",
            suggestion: "See `kubectl describe pod \(name) -n \(namespace)`")
    }

    private func probe(
        _ pod: PodObject, _ namespace: String, _ path: String, _ cluster: ClusterConnection
    ) async -> Verification {
        let name = ObjectName(namespace: namespace, name: pod.metadata.name)
        let context = "Verify the health probe \(path) of pod \"\(name)\""
        let advice = "See `kubectl logs \(name.name) -n \(namespace)`"
        do {
            let answer = try await cluster.askController(name, path: path)
            return Verification(
                context, answer.status == 200, orBecause: "It answers \(answer.status): \(answer.text.onOneLine)",
                suggestion: advice)
        } catch {
            return Verification(context, .failure, reason: "\(error)".onOneLine, suggestion: advice)
        }
    }
}

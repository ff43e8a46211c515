internal import ArgumentParser
internal import KubernetesClient
internal import MeshModel

/// The command `osm policy check-pods`.
struct PolicyCheckPodsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-pods", abstract: "Tell whether a pod may speak with another at all.",
        discussion: """
            It looks at identities alone; for a request with its path, method and headers ask `osm policy explain`. The \
            exit status is 1 if the pod may not.

            EXAMPLES:
              osm policy check-pods bookbuyer/bookbuyer-5ccf bookstore/bookstore-v1-8f
              osm policy check-pods client server
            """)

    @Argument(help: "The pod that calls: NAMESPACE/POD, or POD in the namespace default.")
    var sourcePod: String

    @Argument(help: "The pod that is called.")
    var destinationPod: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let source = try ObjectName(pod: sourcePod, role: "source")
        let destination = try ObjectName(pod: destinationPod, role: "destination")
        let isAllowed = try await global.withCluster("checking policies from \(source) to \(destination)") { cluster in
            try await check(source, destination, cluster)
        }
        if !isAllowed { throw ExitCode.failure }
    }

    private func check(_ source: ObjectName, _ destination: ObjectName, _ cluster: ClusterConnection) async throws
        -> Bool
    {
        let console = cluster.console
        let (from, to) = (try await cluster.meshPod(source), try await cluster.meshPod(destination))
        if let mode = try await permissiveMode(for: destination, cluster) {
            console.out("[+] Permissive mode enabled for \(mode)\n")
            console.out("[+] Pod '\(source)' is allowed to communicate to pod '\(destination)'")
            return true
        }
        console.out(
            "[+] SMI traffic policy mode enabled for mesh operated by osm-controller running in '\(cluster.osmNamespace)' "
                + "namespace\n")
        let client = ServiceIdentity(namespace: source.namespace, serviceAccount: from.serviceAccount)
        let targets = try await cluster.client.list(
            APIResource(.trafficTarget), namespace: destination.namespace, as: TrafficTarget.self
        )
        .filter { $0.allows(client, toServiceAccount: to.serviceAccount) }
        .sorted { $0.metadata.name < $1.metadata.name }
        for target in targets {
            console.out(
                "[+] Pod '\(source)' is allowed to communicate to pod '\(destination)' via the SMI TrafficTarget policy "
                    + "\"\(target.metadata.name)\" in namespace \(destination.namespace)")
        }
        if targets.isEmpty {
            console.out(
                "[+] Pod '\(source)' is not allowed to communicate to pod '\(destination)', missing SMI TrafficTarget "
                    + "policy")
        }
        return !targets.isEmpty
    }

    /// Where permissive mode holds for the services of a pod, in words; `nil` if it does not.
    private func permissiveMode(for pod: ObjectName, _ cluster: ClusterConnection) async throws -> String? {
        let namespace = try await cluster.client.get(
            .namespace, ObjectName(namespace: "", name: pod.namespace), as: Namespace.self)
        switch namespace?.permissiveMode {
        case true?: return "namespace '\(pod.namespace)' by its annotation \(MeshLabels.permissiveMode)"
        case false?: return nil
        case nil: break
        }
        let name = ObjectName(namespace: cluster.osmNamespace, name: "osm-mesh-config")
        guard let config = try await cluster.client.get(APIResource(.meshConfig), name, as: MeshConfig.self) else {
            throw CommandFailure(
                "Error fetching MeshConfig osm-mesh-config", because: "there is none in namespace \(name.namespace)",
                advice: "name the control plane's namespace with --osm-namespace")
        }
        let isOn = config.traffic.enablePermissiveTrafficPolicyMode
        return isOn ? "mesh operated by osm-controller running in '\(cluster.osmNamespace)' namespace" : nil
    }
}

extension TrafficTarget {
    /// Whether the target lets a client speak with pods of an account in its own namespace.
    func allows(_ client: ServiceIdentity, toServiceAccount account: String) -> Bool {
        // A target that has problems is not in effect, and one without rules allows nothing.
        guard validate().isEmpty, let destination, destination.name == account,
            destination.namespace ?? metadata.namespace == metadata.namespace
        else { return false }
        return sources.contains {
            $0.name == client.serviceAccount && $0.namespace ?? metadata.namespace == client.namespace
        }
    }
}

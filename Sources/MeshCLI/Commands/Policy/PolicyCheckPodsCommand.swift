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

    /// What was found.
    struct Result: Encodable {
        let source: String
        let destination: String
        let isAllowed: Bool
        /// Where permissive mode holds, in words; `nil` where policies are asked.
        let permissiveMode: String?
        /// The TrafficTargets that allow it, sorted; those of the destination's namespace.
        let trafficTargets: [String]
    }

    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    mutating func validate() throws { _ = try pods }

    private var pods: (source: ObjectName, destination: ObjectName) {
        get throws {
            (
                try ObjectName(pod: sourcePod, role: "source"),
                try ObjectName(pod: destinationPod, role: "destination")
            )
        }
    }

    func run() async throws {
        let (source, destination) = try pods
        let result = try await global.withCluster("checking policies from \(source) to \(destination)") { cluster in
            let result = try await check(source, destination, cluster)
            try cluster.console.print(result, as: output.output) { _ in
                print(result, namespace: destination.namespace, cluster)
            }
            return result
        }
        if !result.isAllowed { throw ExitCode.failure }
    }

    private func check(_ source: ObjectName, _ destination: ObjectName, _ cluster: ClusterConnection) async throws
        -> Result
    {
        let (from, to) = (try await cluster.meshPod(source), try await cluster.meshPod(destination))
        func result(_ mode: String?, _ targets: [String]) -> Result {
            Result(
                source: "\(source)", destination: "\(destination)", isAllowed: mode != nil || !targets.isEmpty,
                permissiveMode: mode, trafficTargets: targets)
        }
        if let mode = try await permissiveMode(for: destination, cluster) { return result(mode, []) }
        let client = ServiceIdentity(namespace: source.namespace, serviceAccount: from.serviceAccount)
        let targets = try await cluster.client.list(
            APIResource(.trafficTarget), namespace: destination.namespace, as: TrafficTarget.self
        )
        .filter { $0.allows(client, toServiceAccount: to.serviceAccount) }
        return result(nil, targets.map(\.metadata.name).sorted())
    }

    /// In the original's words.
    private func print(_ result: Result, namespace: String, _ cluster: ClusterConnection) {
        let console = cluster.console
        let (source, destination) = (result.source, result.destination)
        if let mode = result.permissiveMode {
            console.out("[+] Permissive mode enabled for \(mode)\n")
            console.out("[+] Pod '\(source)' is allowed to communicate to pod '\(destination)'")
            return
        }
        console.out(
            "[+] SMI traffic policy mode enabled for mesh operated by osm-controller running in '\(cluster.osmNamespace)' "
                + "namespace\n")
        for target in result.trafficTargets {
            console.out(
                "[+] Pod '\(source)' is allowed to communicate to pod '\(destination)' via the SMI TrafficTarget policy "
                    + "\"\(target)\" in namespace \(namespace)")
        }
        if !result.isAllowed {
            console.out(
                "[+] Pod '\(source)' is not allowed to communicate to pod '\(destination)', missing SMI TrafficTarget "
                    + "policy")
        }
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

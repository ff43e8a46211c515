import Foundation

/// What the command says of policies and of resources, against pods that really run.
extension CommandProof {
    /// Whether the client may call the server.
    static let explanation = ["policy", "explain", "--from", "\(namespace)/client", "--to", "\(namespace)/server"]

    /// - Parameter pods: ServiceAccounts, each with its only pod.
    func analysis(_ run: NodeRun, _ osm: CommandLines, _ pods: [(account: String, name: String)]) throws {
        osm.expect(
            Self.explanation + ["--expect", "allowed"], rows: ["ALLOWED command/client -> command/server:8080 (HTTP)"])
        osm.expect(["analyze"], rows: [])
        for pod in pods { try compare(run, osm, pod.account, pod.name) }
        try difference(run, osm)
    }

    /// What is compiled has the versions of what Envoy has: a version follows from the bytes.
    private func compare(_ run: NodeRun, _ osm: CommandLines, _ account: String, _ pod: String) throws {
        let table = try osm.output(["compile", "--proxy", "\(Self.namespace)/\(account)", "--output", "table"])
        let compiled = Set(
            table.split(separator: "\n").dropFirst().map { line in
                line.split(separator: " ").prefix(3).joined(separator: " ")
            })
        let text = try osm.output(["proxy", "get", "config_dump", pod, "-n", Self.namespace])
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let dump = try decoder.decode(Dump.self, from: Data(text.utf8))
        let held = Set(dump.configs.flatMap(\.resources))
        // Certificates are of the control plane and the workload; of endpoints Envoy tells no version. Every listener and
        // cluster is asked for; a route configuration or an extension only where a listener names it.
        let kinds = ["Cluster ", "Listener ", "RouteConfiguration ", "TypedExtensionConfig "]
        let known = compiled.filter { line in kinds.contains { line.hasPrefix($0) } }
        run.expect("what \(pod) has and is not compiled", [], held.subtracting(known).sorted())
        let asked = known.filter { $0.hasPrefix("Cluster ") || $0.hasPrefix("Listener ") }
        run.expect("what is compiled and \(pod) has not", [], asked.subtracting(held).sorted())
        run.expect("resources of \(pod) are compared", true, held.count > 5)
    }

    /// What a namespace that leaves permissive mode means for calls, before it does.
    private func difference(_ run: NodeRun, _ osm: CommandLines) throws {
        let file = "\(run.cluster.directory)/restricted.yaml"
        try Data(
            """
            apiVersion: v1
            kind: Namespace
            metadata:
              name: \(Self.namespace)
              annotations: {openservicemesh.io/permissive-traffic-policy: disabled}

            """.utf8
        ).write(to: URL(filePath: file))
        osm.expect(
            ["diff", "-f", file, "--exit-code"], status: 1,
            rows: [
                "~ Namespace \(Self.namespace)",
                "- command/client, command/server -> command/server:8080: becomes denied",
            ])
    }
}

/// What is compared of Envoy's `/config_dump`.
private struct Dump: Decodable {
    struct Section: Decodable {
        struct Listener: Decodable {
            let name: String
            let activeState: State?
        }
        struct State: Decodable { let versionInfo: String? }
        struct Cluster: Decodable {
            let versionInfo: String?
            let cluster: Named
        }
        struct Route: Decodable {
            let versionInfo: String?
            let routeConfig: Named
        }
        struct Filter: Decodable {
            let versionInfo: String?
            let ecdsFilter: Named
        }
        struct Named: Decodable { let name: String }

        let dynamicListeners: [Listener]?
        let dynamicActiveClusters: [Cluster]?
        let dynamicRouteConfigs: [Route]?
        let ecdsFilters: [Filter]?

        /// Each as `Type name version`.
        var resources: [String] {
            var resources = (dynamicListeners ?? []).map {
                "Listener \($0.name) \($0.activeState?.versionInfo ?? "")"
            }
            resources += (dynamicActiveClusters ?? []).map { "Cluster \($0.cluster.name) \($0.versionInfo ?? "")" }
            resources += (dynamicRouteConfigs ?? []).map {
                "RouteConfiguration \($0.routeConfig.name) \($0.versionInfo ?? "")"
            }
            resources += (ecdsFilters ?? []).map {
                "TypedExtensionConfig \($0.ecdsFilter.name) \($0.versionInfo ?? "")"
            }
            return resources
        }
    }

    let configs: [Section]
}

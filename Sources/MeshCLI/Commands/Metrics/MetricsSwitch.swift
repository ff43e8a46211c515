internal import KubernetesClient
internal import MeshModel

/// Whether Prometheus is told to read the metrics of sidecars.
struct MetricsSwitch {
    let isOn: Bool

    /// Whether, at which port and where Prometheus reads a pod; as the injector writes it.
    private static let podAnnotations = [
        "prometheus.io/scrape": "true", "prometheus.io/port": "15010", "prometheus.io/path": "/stats/prometheus",
    ]

    private var verb: String { isOn ? "enable" : "disable" }

    /// Switches namespaces, in order.
    func set(_ namespaces: [String], _ output: OutputOptions, _ options: GlobalOptions) async throws {
        try await options.withCluster("\(isOn ? "enabling" : "disabling") metrics") { cluster in
            let meshes = Set(try await cluster.meshes().map(\.name))
            var report = NamespaceReport(cluster.console, as: output)
            for name in namespaces {
                let isChanged = try await set(name, cluster, meshes)
                report.add(name, isChanged: isChanged, "Metrics successfully \(verb)d in namespace [\(name)]")
            }
            try report.finish()
        }
    }

    /// Switches a namespace.
    ///
    /// - Returns: Whether it was otherwise before.
    private func set(_ name: String, _ cluster: ClusterConnection, _ meshes: Set<String>) async throws -> Bool {
        guard let namespace = try await cluster.namespace(name) else {
            throw CommandFailure(
                "Failed to retrieve namespace [\(name)]", because: "namespaces \"\(name)\" not found",
                advice: "see `osm namespace list`")
        }
        guard let mesh = namespace.metadata.labels?[MeshLabels.monitoredBy] else {
            throw CommandFailure(
                "Namespace [\(name)] does not belong to a mesh, missing annotation \"\(MeshLabels.monitoredBy)\"",
                advice: "add it with `osm namespace add \(name)`")
        }
        guard meshes.contains(mesh) else {
            throw CommandFailure(
                "Namespace [\(name)] belongs to mesh [\(mesh)], which does not exist", advice: "see `osm mesh list`")
        }
        _ = try await cluster.client.mergePatch(
            .namespace, ObjectName(namespace: "", name: name),
            body: MetadataPatch(annotations: [MeshLabels.metrics: isOn ? "enabled" : nil]))
        let annotations = MetadataPatch(annotations: Self.podAnnotations.mapValues { isOn ? $0 : nil })
        let pods = try await cluster.client.list(
            .pod, namespace: name, labelSelector: MeshLabels.proxyUUID, as: PodObject.self)
        for pod in pods {
            let object = ObjectName(namespace: name, name: pod.metadata.name)
            // A pod that is gone meanwhile needs nothing.
            _ = try await cluster.client.mergePatch(.pod, object, body: annotations)
        }
        return (namespace.metadata.annotations?[MeshLabels.metrics] == "enabled") != isOn
    }
}

internal import ArgumentParser
internal import MeshModel

/// The command `osm status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show a mesh on one screen.",
        discussion: """
            The control plane and its replicas, how many proxies are connected, synced and rejecting something, when \
            certificates end, and which objects are not Ready and why. The exit status is 1 if the control plane cannot \
            be asked.

            EXAMPLES:
              osm status
              osm status --osm-namespace my-mesh-system --output json
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try await global.withCluster("asking the control plane for its status") { cluster in
            let namespace = cluster.osmNamespace
            guard let mesh = try await cluster.meshes().first(where: { $0.namespace == namespace }) else {
                throw CommandFailure(
                    "No osm mesh control plane found in namespace \(namespace)",
                    advice: "see `osm mesh list`, and name its namespace with --osm-namespace")
            }
            let report = try await cluster.statusReport(in: namespace)
            var metrics: [MetricSamples] = []
            for pod in try await cluster.statusPods(in: namespace) {
                // A replica that does not answer is missing among the ready ones.
                if let text = try? await cluster.controllerText(from: pod, path: "/metrics") {
                    metrics.append(MetricSamples(text))
                }
            }
            let leader = try await cluster.leader(in: namespace)
            let overview = StatusOverview(mesh, leader: leader, report, metrics: metrics)
            try cluster.console.print(overview, as: output.output) { _ in
                cluster.console.write(overview.text)
            }
        }
    }
}

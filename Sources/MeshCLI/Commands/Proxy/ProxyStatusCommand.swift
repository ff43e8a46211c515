internal import ArgumentParser
internal import FoundationEssentials
internal import MeshModel
internal import MeshStatus

/// The command `osm proxy status`.
struct ProxyStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how far proxies are, or one of them in detail.",
        discussion: """
            Of one pod: up to which revision it acknowledged, what it refuses and in which words, and what differs \
            between what it should have and what its Envoy's config_dump holds. The exit status is 1 if it is not in \
            step.

            EXAMPLES:
              osm proxy status
              osm proxy status bookbuyer-5ccf77f46d-rc5mg -n bookbuyer
            """)

    /// What is known of one proxy.
    struct Detail: Encodable {
        let proxy: ProxyStatus
        let revision: UInt64
        let isSynced: Bool
        /// What Envoy has not yet in force.
        let warming: [String]
        let difference: ProxyDifference
    }

    @Argument(help: "The pod; all pods without it.")
    var pod: String?

    @Option(name: [.customShort("n"), .long], help: "The namespace of the pod.")
    var namespace = "default"

    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let isFine = try await global.withCluster("asking the control plane for the status of proxies") { cluster in
            let report = try await cluster.statusReport(in: cluster.osmNamespace)
            guard let pod else {
                try list(report, cluster.console)
                return true
            }
            return try await show(ObjectName(namespace: namespace, name: pod), report, cluster)
        }
        if !isFine { throw ExitCode.failure }
    }

    private func list(_ report: StatusReport, _ console: Console) throws {
        try console.print(report.proxies, as: output.output) { isWide in
            guard !report.proxies.isEmpty else { return console.out("No proxies in the mesh") }
            let header = ["POD", "CONNECTED", "SINCE", "REVISION", "SYNCED", "REJECTED"]
            var table = TextTable(header + (isWide ? ["UID", "REASON"] : []))
            for proxy in report.proxies {
                let row = [
                    proxy.pod, proxy.connected ? "yes" : "no", Self.age(proxy.since),
                    "\(proxy.acknowledged)/\(report.revision)", proxy.isSynced(with: report.revision) ? "yes" : "no",
                    "\(proxy.refusals.count)",
                ]
                let reasons = proxy.refusals.map { "\($0.resource): \($0.reason.onOneLine)" }.joined(separator: "; ")
                table.append(row + (isWide ? [proxy.uid, reasons.isEmpty ? "-" : reasons] : []))
            }
            console.write("\(table)")
        }
    }

    private func show(_ name: ObjectName, _ report: StatusReport, _ cluster: ClusterConnection) async throws -> Bool {
        _ = try await cluster.runningMeshPod(name)
        guard let proxy = report.proxies.first(where: { $0.pod == name.description }) else {
            throw CommandFailure(
                "the control plane in namespace \(cluster.osmNamespace) knows no proxy of pod \(name)",
                advice: "see whether its namespace is in this mesh: osm namespace list")
        }
        let text = try await cluster.fromController(in: cluster.osmNamespace, "/views/\(name)")
        guard let view = try? JSONDecoder().decode(ProxyView.self, from: Data(text.utf8)) else {
            throw CommandFailure(
                "reading what the proxy of pod \(name) should have",
                because: "the control plane is of another version than this command", advice: "see `osm version`")
        }
        let dump = try ConfigDump(
            json: try await cluster.text(
                from: name, port: ClusterConnection.proxyAdministration, path: "/config_dump?include_eds"))
        let detail = Detail(
            proxy: proxy, revision: report.revision, isSynced: proxy.isSynced(with: report.revision),
            warming: dump.warming, difference: ProxyDifference(wanted: view, present: dump))
        try cluster.console.print(detail, as: output.output) { _ in print(detail, cluster.console) }
        return detail.isSynced && detail.difference.isEmpty
    }

    private func print(_ detail: Detail, _ console: Console) {
        let proxy = detail.proxy
        console.out("Pod:        \(proxy.pod) (uid \(proxy.uid))")
        console.out("Connected:  \(proxy.connected ? "yes" : "no"), for \(Self.age(proxy.since))")
        console.out(
            "Revision:   \(proxy.acknowledged) acknowledged, \(detail.revision) published"
                + (detail.isSynced ? ": in step" : ""))
        if !detail.warming.isEmpty { console.out("Warming:    \(detail.warming.joined(separator: ", "))") }
        for refusal in proxy.refusals {
            console.out("Rejected:   \(refusal.resource)\(refusal.isAlone ? "" : " (among others)")")
            console.out("            \(refusal.reason.onOneLine)")
        }
        guard !detail.difference.isEmpty else { return console.out("Envoy has what it should have.") }
        console.out("Envoy's configuration differs from what it should have:")
        for line in detail.difference.lines { console.out("  \(line)") }
    }

    private static func age(_ moment: Timestamp?) -> String {
        moment.map { shortSpan(seconds: max(0, Int64(Date().timeIntervalSince1970) - $0.seconds)) } ?? "-"
    }
}

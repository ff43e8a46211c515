internal import ArgumentParser
internal import KubernetesClient
internal import MeshModel
internal import Subprocess
internal import UnixSignals

/// The command `osm dashboard`.
struct DashboardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard", abstract: "Open the Grafana of the mesh.",
        discussion: """
            Makes a running pod of the Service osm-grafana reachable at this host and opens a browser, until it is \
            interrupted.

            EXAMPLES:
              osm dashboard
              osm dashboard --local-port 8080 --open-browser=false
            """)

    private static let service = "osm-grafana"

    @Option(name: [.customShort("p"), .long], help: "The port of this host.")
    var localPort: UInt16 = 3000

    @Option(name: [.customShort("r"), .long], help: "Grafana's port.")
    var remotePort: UInt16 = 3000

    @Option(
        name: [.customShort("b"), .long], defaultAsFlag: true, parsing: .next,
        help: "Whether a browser is opened: true or false. (default: true)")
    var openBrowser: Bool?

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        try CommandConfigurationFile.refuseIfManaged("osm dashboard")
        try await global.withCluster("opening the dashboard") { cluster in
            let console = cluster.console
            console.out("[+] Starting Dashboard forwarding")
            let pod = try await grafana(cluster)
            console.out("[+] Using forwarding: \(localPort):\(remotePort)")
            let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
            try await cluster.client.withForwarded(
                Int(remotePort), of: pod, localPort: Int(localPort), onFailure: { console.error("[+] \($0.message)") }
            ) { port in
                console.out("[+] Port forwarding successful (localhost:\(port))")
                if openBrowser ?? true { await open("http://localhost:\(port)", console) }
                for await _ in signals { break }
            }
            console.out("[+] SIGINT/TERM received, closing")
        }
    }

    private func grafana(_ cluster: ClusterConnection) async throws -> ObjectName {
        let name = ObjectName(namespace: cluster.osmNamespace, name: Self.service)
        guard let service = try await cluster.client.get(APIResource(.service), name, as: Service.self) else {
            throw CommandFailure(
                "Failed to get OSM Grafana service data", because: "there is no Service \(name)",
                advice: "install a Grafana with such a Service, or name its namespace with --osm-namespace")
        }
        let pods = try await cluster.client.list(.pod, namespace: name.namespace, as: PodObject.self)
        let running = pods.filter { $0.isRunning && service.selects($0.metadata.labels ?? [:]) }
        guard let pod = running.first(where: \.isReady) ?? running.first else {
            throw CommandFailure(
                "No running Grafana pod available", advice: "see `kubectl get pods -n \(name.namespace)`")
        }
        return ObjectName(namespace: name.namespace, name: pod.metadata.name)
    }

    /// Opens a page in the user's browser; a host without one only says so.
    private func open(_ page: String, _ console: Console) async {
        console.out("[+] Issuing open browser \(page)")
        do {
            let result = try await Subprocess.run(
                .name("xdg-open"), arguments: [page], output: .discarded, error: .discarded)
            if !result.terminationStatus.isSuccess { console.error("No browser could be opened: visit \(page)") }
        } catch {
            console.error("No browser could be opened: visit \(page)")
        }
    }
}

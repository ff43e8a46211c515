import ArgumentParser
import CertificateAuthority
import FoundationEssentials
import KubernetesClient
import Logging
import Metrics
import Observability
import PolicyCompiler

/// Which API server a command speaks to.
struct ClusterOptions: ParsableArguments {
    @Flag(help: "Speak to the API server of the cluster that this pod runs in.")
    var inCluster = false

    @Option(help: "Speak to the API server of this kubeconfig.")
    var kubeconfig: String?

    @Option(help: "The context of the kubeconfig; its current one if absent.")
    var context: String?

    /// How to reach it; `nil` if no option says so.
    ///
    /// - Throws: Why the kubeconfig, or the files of the pod, cannot be used.
    func access() throws -> ClusterAccess? {
        if inCluster { return try .inCluster() }
        guard kubeconfig != nil || context != nil else { return nil }
        return try .kubeconfig(path: kubeconfig, context: context)
    }
}

/// The command `osm-controller run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Serve proxies what the objects of a Kubernetes cluster, or a directory of manifests, say.",
        discussion: """
            Either --in-cluster or --kubeconfig: a Kubernetes operator, which writes the status of objects back. Or \
            --manifests and --state: a directory that is watched, without Kubernetes.
            """)

    @OptionGroup var cluster: ClusterOptions

    @Option(help: "The directory of manifests.")
    var manifests: String?

    @Option(
        help: """
            With --manifests, the directory of what must survive a restart: roots and the key of tokens. It is made \
            if missing.
            """)
    var state: String?

    @OptionGroup var mesh: MeshOptions

    @Option(help: "In a cluster, this replica's name; by default POD_NAME, else the host's name.")
    var replica: String?

    @Option(help: "Where proxies are served, as ADDRESS:PORT.")
    var listen = "0.0.0.0:15128"

    @Option(help: "In a cluster, where health and metrics are served, as ADDRESS:PORT.")
    var health = "0.0.0.0:9091"

    @Option(help: "Where status is served to this host, as ADDRESS:PORT, or none.")
    var http = "127.0.0.1:9092"

    @Option(help: "In a cluster, the ClusterRole of this mesh: with it goes what is made outside of its namespace.")
    var clusterRole = "osm-controller"

    @Option(help: "The domain in which identities are named.")
    var trustDomain = "cluster.local"

    @Option(help: "The key of a root made at the first start: ecdsa-p256, rsa-2048, rsa-3072 or rsa-4096.")
    var rootKey = "ecdsa-p256"

    @Option(
        help: """
            In permissive mode: of more service ports than this a proxy has only those that pods of its identity have \
            called, and asks for the others at the first call. A number, 0 for always, or never. The same for all \
            replicas.
            """)
    var lazyAbove = "\(MeshSettings.initialLazyThreshold)"

    @OptionGroup var webhooks: WebhookOptions

    @Option(help: "How many seconds a certificate of the controller's own servers is valid, at least 5.")
    var serverCertificateSeconds = 86_400

    @Option(
        help: ArgumentHelp(
            "How many seconds a ConfigMap may take to reach the pods that mount it, at most 3600.", visibility: .hidden)
    )
    var bundleSeconds = 150

    @Option(
        help: "How many seconds the process goes on answering when it is told to stop; by default 5 with --in-cluster.")
    var farewellSeconds: Int?

    @Option(help: "How much is logged: trace, debug, info, notice, warning, error or critical.")
    var logLevel = "info"

    func run() async throws {
        guard let level = Logger.Level(rawValue: logLevel) else {
            throw ValidationError(
                "`\(logLevel)` is no level: write \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        OpenFiles.raiseLimit()
        let logs = LogControl(level)
        let logger = Logger(label: "osm-controller") { _ in JSONLogHandler(logs) }
        switch (try cluster.access(), manifests) {
        case (let access?, nil):
            let configuration = try configuration(access)
            LoggingSystem.bootstrap { _ in JSONLogHandler(logs) }
            let metrics = PrometheusRegistry(MetricCatalogue.descriptions)
            MetricsSystem.bootstrap(metrics)
            try await Operator(configuration, metrics: metrics, logs: logs, logger: logger).run(logger: logger)
        case (nil, let manifests?):
            let configuration = try configuration(manifests)
            LoggingSystem.bootstrap { _ in JSONLogHandler(logs) }
            try await Controller(configuration, logs: logs, logger: logger).run(logger: logger)
        default:
            throw ValidationError(
                "give one source of objects: --in-cluster, --kubeconfig FILE, or --manifests DIRECTORY")
        }
    }

    private func configuration(_ manifests: String) throws -> Controller.Configuration {
        guard let state else { throw ValidationError("--manifests needs --state DIRECTORY") }
        let listen = try SocketArgument(listen, example: "0.0.0.0:15128 or [::]:15128")
        var configuration = Controller.Configuration(manifests: manifests, state: state)
        configuration.host = listen.host
        configuration.port = listen.port
        configuration.http = try SocketArgument.http(http)
        configuration.settings = try settings
        configuration.trustDomain = trustDomain
        configuration.rootKey = try KeyAlgorithm(argument: rootKey)
        configuration.servingValidity = try servingValidity
        return configuration
    }

    private var settings: MeshSettings {
        get throws {
            if lazyAbove == "never" { return mesh.settings(lazyThreshold: nil) }
            guard let threshold = Int(lazyAbove), (0...1_000_000).contains(threshold) else {
                throw ValidationError("--lazy-above: write a number from 0 to 1000000, or never")
            }
            return mesh.settings(lazyThreshold: threshold)
        }
    }

    private var servingValidity: Duration {
        get throws {
            guard (5...315_360_000).contains(serverCertificateSeconds) else {
                throw ValidationError("--server-certificate-seconds: write a number from 5 to 315360000")
            }
            return .seconds(serverCertificateSeconds)
        }
    }

    private func configuration(_ access: ClusterAccess) throws -> Operator.Configuration {
        let environment = ProcessInfo.processInfo.environment
        let name = replica ?? environment["POD_NAME"] ?? ProcessInfo.processInfo.hostName
        var configuration = Operator.Configuration(access: access, replica: name)
        configuration.listen = try SocketArgument(listen, example: "0.0.0.0:15128 or [::]:15128")
        configuration.health = try SocketArgument(health, example: "0.0.0.0:9091 or [::]:9091")
        configuration.http = try SocketArgument.http(http)
        configuration.settings = try settings
        configuration.clusterRole = clusterRole
        configuration.trustDomain = trustDomain
        configuration.rootKey = try KeyAlgorithm(argument: rootKey)
        configuration.servingValidity = try servingValidity
        configuration.webhooks = try webhooks.configuration(isInCluster: cluster.inCluster)
        let farewell = farewellSeconds ?? (cluster.inCluster ? 5 : 0)
        guard (0...3600).contains(farewell) else {
            throw ValidationError("--farewell-seconds: write a number from 0 to 3600")
        }
        configuration.farewell = .seconds(farewell)
        guard (0...3600).contains(bundleSeconds) else {
            throw ValidationError("--bundle-seconds: write a number from 0 to 3600")
        }
        configuration.bundleDelay = .seconds(bundleSeconds)
        return configuration
    }
}

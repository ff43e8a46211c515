import ArgumentParser
import CertificateAuthority
import FoundationEssentials
import Logging
import PolicyCompiler

/// The controller's command line.
@main
struct Command: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "osm-controller", abstract: "The control plane of Open Service Mesh.",
        subcommands: [
            RunCommand.self, CheckCommand.self, PodFilesCommand.self, WorkloadCertificateCommand.self,
            ReplaceRootCommand.self, StatusCommand.self,
        ])
}

/// The options of the mesh that more than one command takes.
struct MeshOptions: ParsableArguments {
    @Option(help: "The directory of manifests.")
    var manifests: String

    @Option(help: "The mesh's name, as namespaces carry it in openservicemesh.io/monitored-by.")
    var meshName = "osm"

    @Option(help: "The namespace of the controller and its MeshConfig.")
    var osmNamespace = "osm-system"

    var settings: MeshSettings { MeshSettings(meshName: meshName, osmNamespace: osmNamespace) }
}

/// The command `osm-controller run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Serve proxies what a directory of manifests says; the directory is watched.")

    @OptionGroup var mesh: MeshOptions

    @Option(help: "The directory of what must survive a restart: roots and the key of tokens. It is made if missing.")
    var state: String

    @Option(help: "Where proxies are served, as ADDRESS:PORT.")
    var listen = "0.0.0.0:15128"

    @Option(help: "Where status and health are served to this host, as ADDRESS:PORT, or none.")
    var http = "127.0.0.1:9092"

    @Option(help: "The domain in which identities are named.")
    var trustDomain = "cluster.local"

    @Option(help: "The key of a root made at the first start: ecdsa-p256, rsa-2048, rsa-3072 or rsa-4096.")
    var rootKey = "ecdsa-p256"

    @Option(help: "How much is logged: trace, debug, info, notice, warning, error or critical.")
    var logLevel = "info"

    func run() async throws {
        guard let level = Logger.Level(rawValue: logLevel) else {
            throw ValidationError(
                "`\(logLevel)` is no level: write \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let configuration = try configuration()
        LoggingSystem.bootstrap { _ in JSONLogHandler(level: level) }
        let logger = Logger(label: "osm-controller")
        try await Controller(configuration, logger: logger).run(logger: logger)
    }

    private func configuration() throws -> Controller.Configuration {
        let listen = try SocketArgument(listen, example: "0.0.0.0:15128 or [::]:15128")
        var configuration = Controller.Configuration(manifests: mesh.manifests, state: state)
        configuration.host = listen.host
        configuration.port = listen.port
        configuration.http = try SocketArgument.http(http)
        configuration.settings = mesh.settings
        configuration.trustDomain = trustDomain
        configuration.rootKey = try KeyAlgorithm(argument: rootKey)
        return configuration
    }
}

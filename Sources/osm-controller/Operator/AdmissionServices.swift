import AdmissionServer
import CertificateAuthority
import ControlLoop
import Injector
import KubernetesClient
import Logging
import MeshModel
import OwnedObjects
import ServiceLifecycle
import Synchronization

extension Operator {
    /// What an operator is told of its webhooks.
    struct WebhookConfiguration {
        /// How the API server reaches them.
        enum Reach: Equatable {
            /// Not at all: there are none.
            case none
            /// By the Services of the controller's namespace.
            case services
            /// At an address of this host.
            case address(IPAddress)
        }

        /// How the API server reaches them.
        var reach = Reach.none
        /// Where pods get their sidecars.
        var injector = SocketArgument(host: "0.0.0.0", port: 9090)
        /// Where policies are checked.
        var validator = SocketArgument(host: "0.0.0.0", port: 9093)
        /// How long the API server waits for an answer.
        var timeout = Duration.seconds(20)
        /// How pods run their sidecars.
        var sidecars = WebhookOptions.SidecarKind.auto
        /// What the injector is told, but for the mesh's name and namespace and the kind of sidecars.
        var injection = InjectionSettings()

        /// The addresses that the servers' certificate names.
        var addresses: [IPAddress] {
            if case .address(let address) = reach { [address] } else { [] }
        }
    }
}

/// The webhooks, and how they are registered.
struct AdmissionServices {
    /// The servers; empty where there are to be none.
    let services: [any ServiceLifecycle.Service]
    private let ports: Ports
    private let configuration: Operator.WebhookConfiguration
    private let settings: InjectionSettings
    private let rootsPEM: @Sendable () -> String

    /// The servers, none of which listens.
    ///
    /// - Parameters:
    ///   - rootsPEM: What the API server knows the servers by, at this moment.
    ///   - onListening: Called when both answer.
    init(
        _ configuration: Operator.WebhookConfiguration, _ settings: InjectionSettings, _ directory: WorkloadDirectory,
        certificate: ServingCertificateReloader, rootsPEM: @escaping @Sendable () -> String, logger: Logger,
        onListening: @escaping @Sendable () -> Void
    ) {
        self.configuration = configuration
        self.settings = settings
        self.rootsPEM = rootsPEM
        let ports = Ports()
        self.ports = ports
        guard configuration.reach != .none else {
            services = []
            return
        }
        let facts = DirectoryFacts(directory: directory)
        func server(
            _ webhook: Webhook, at address: SocketArgument, _ flag: String,
            _ port: any WritableKeyPath<Ports.Numbers, Int?> & Sendable
        ) -> AdmissionServer {
            AdmissionServer(
                configuration: .init(
                    host: address.host, port: address.port,
                    advice: "free the port, or choose another with \(flag) ADDRESS:PORT"),
                certificate: certificate, webhook: webhook, logger: logger,
                onListening: { if ports.set(port, $0) { onListening() } })
        }
        services = [
            server(
                .podCreation(PodInjector(settings: settings), facts: facts), at: configuration.injector, "--injector",
                \.injector),
            server(.policies(facts: facts), at: configuration.validator, "--validator", \.validator),
        ]
    }

    /// Whether the servers answer, or there are to be none.
    var isServing: Bool { configuration.reach == .none || ports.whole != nil }

    /// How the webhooks are registered; `nil` as long as they do not answer, and where there are none.
    var configurations: WebhookConfigurations? {
        guard let (injector, validator) = ports.whole else { return nil }
        let destination: WebhookConfigurations.Destination
        switch configuration.reach {
        case .none: return nil
        case .services: destination = .services
        case .address(let address):
            destination = .address(address.description, injectorPort: injector, validatorPort: validator)
        }
        return WebhookConfigurations(
            meshName: settings.meshName, osmNamespace: settings.osmNamespace, rootsPEM: rootsPEM(),
            timeout: configuration.timeout, destination: destination)
    }

    /// The ports on which the servers answer.
    private final class Ports: Sendable {
        struct Numbers {
            var injector: Int?
            var validator: Int?
        }

        private let numbers = Mutex(Numbers())

        var whole: (injector: Int, validator: Int)? {
            numbers.withLock { numbers in
                guard let injector = numbers.injector, let validator = numbers.validator else { return nil }
                return (injector, validator)
            }
        }

        /// - Returns: Whether both are known now.
        func set(_ port: any WritableKeyPath<Numbers, Int?> & Sendable, _ number: Int) -> Bool {
            numbers.withLock { $0[keyPath: port] = number }
            return whole != nil
        }
    }
}

extension InjectionSettings {
    /// The settings for a mesh on an API server.
    ///
    /// - Throws: `KubernetesError` where the server's release decides and cannot be had.
    static func settings(
        _ configuration: Operator.WebhookConfiguration, meshName: String, osmNamespace: String,
        _ client: KubernetesClient
    ) async throws -> InjectionSettings {
        var settings = configuration.injection
        settings.meshName = meshName
        settings.osmNamespace = osmNamespace
        switch configuration.sidecars {
        case .native: settings.hasNativeSidecars = true
        case .classic: settings.hasNativeSidecars = false
        case .auto:
            guard configuration.reach != .none else { break }
            // Containers of the kind `SidecarContainers` are on by default from this release.
            settings.hasNativeSidecars = try await client.serverVersion() >= ServerVersion(major: 1, minor: 29)
        }
        return settings
    }
}

/// Keeps the process answering for a while after it was told to stop: whoever finds it by a Service does so until every
/// node has heard that it goes.
struct Farewell: ServiceLifecycle.Service, CustomStringConvertible {
    let duration: Duration

    func run() async throws {
        try? await gracefulShutdown()
        try? await Task.sleep(for: duration)
    }

    var description: String { "farewell" }
}

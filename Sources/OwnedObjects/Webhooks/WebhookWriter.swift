public import KubernetesClient
public import Logging
internal import MeshModel
public import ServiceLifecycle

/// Keeps the webhook configurations of the mesh, while this replica leads: made once the webhooks answer, and set right
/// within seconds where somebody edits or deletes them.
public struct WebhookWriter: ServiceLifecycle.Service {
    private static let interval = Duration.seconds(3)

    private let client: KubernetesClient
    private let pulse: Pulse
    private let owner: InstallationOwner
    private let isLeader: @Sendable () -> Bool
    private let logger: Logger
    private let meshName: String
    private let isServed: Bool
    private let onKept: @Sendable (String) -> Void
    private let configurations: @Sendable () -> WebhookConfigurations?

    /// A writer.
    ///
    /// - Parameters:
    ///   - pulse: Beats when leadership changed or the webhooks begin to answer.
    ///   - isServed: Whether this controller has webhooks at all; if not, those that are registered are told of and left.
    ///   - onKept: Called with the roots that the API server knows the webhooks by, after each look that found them registered.
    ///   - configurations: What there is to be; `nil` as long as the webhooks do not answer.
    public init(
        client: KubernetesClient, pulse: Pulse, owner: InstallationOwner, meshName: String, isServed: Bool,
        isLeader: @escaping @Sendable () -> Bool, logger: Logger, onKept: @escaping @Sendable (String) -> Void,
        configurations: @escaping @Sendable () -> WebhookConfigurations?
    ) {
        self.client = client
        self.pulse = pulse
        self.owner = owner
        self.meshName = meshName
        self.isServed = isServed
        self.isLeader = isLeader
        self.logger = logger
        self.onKept = onKept
        self.configurations = configurations
    }

    /// Writes until the process shuts down.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await pulse.tick(every: Self.interval, always: Self.interval) }
            var isTold = isServed
            for await _ in pulse.beats.cancelOnGracefulShutdown() {
                if !isTold, isLeader() { isTold = await tellOfThoseLeft() }
                guard isLeader(), let configurations = configurations() else { continue }
                await write(configurations)
            }
            group.cancelAll()
        }
    }

    /// Webhooks of a controller before this one: pods and policies of the mesh's namespaces are refused.
    ///
    /// - Returns: Whether it is known if there are any.
    private func tellOfThoseLeft() async -> Bool {
        let configurations: [(APIResource, String)] = [
            (.mutatingWebhookConfiguration, WebhookConfigurations.mutatingName(of: meshName)),
            (.validatingWebhookConfiguration, WebhookConfigurations.validatingName(of: meshName)),
        ]
        do {
            for (resource, name) in configurations {
                let object = ObjectName(namespace: "", name: name)
                guard try await client.get(resource, object, as: JSONContent.self) != nil else { continue }
                logger.warning(
                    """
                    a webhook is registered that nobody answers, unless another replica does: the API server refuses \
                    what it is asked about. Start the controller with --webhooks, or kubectl delete \(resource.name) \(name)
                    """)
            }
            return true
        } catch {
            return false
        }
    }

    private func write(_ configurations: WebhookConfigurations) async {
        do {
            let reference: JSONContent?
            switch try await owner.answer() {
            case .present(let present): reference = present
            case .absent: reference = nil
            case .removed: return
            }
            try await keep(
                .mutatingWebhookConfiguration, configurations.mutatingName,
                configurations.mutating(owner: reference))
            try await keep(
                .validatingWebhookConfiguration, configurations.validatingName,
                configurations.validating(owner: reference))
            onKept(configurations.rootsPEM)
        } catch {
            logger.warning(
                "the webhook configurations cannot be written: new pods may stay outside the mesh",
                metadata: ["error": "\(error)"])
        }
    }

    private func keep(_ resource: APIResource, _ name: String, _ wanted: JSONContent) async throws {
        let object = ObjectName(namespace: "", name: name)
        let stored = try await client.get(resource, object, as: JSONContent.self)
        guard stored.map({ RegisteredWebhooks(stored: $0).hold(wanted) }) != true else { return }
        try await client.apply(resource, object, body: wanted, fieldManager: EventRecorder.component, force: true)
        // What others added to our webhooks is theirs, and stays where our fields are applied.
        if let applied = try await client.get(resource, object, as: JSONContent.self) {
            let registered = RegisteredWebhooks(stored: applied)
            if !registered.hold(wanted) {
                try await client.mergePatch(resource, object, body: registered.replacing(wanted))
            }
        }
        logger.info(
            stored == nil ? "webhook configuration is made" : "webhook configuration is set right",
            metadata: ["object": "\(resource.name) \(name)"])
    }
}

extension WebhookWriter: CustomStringConvertible {
    /// What logs of the process call it.
    public var description: String { "webhook writer" }
}

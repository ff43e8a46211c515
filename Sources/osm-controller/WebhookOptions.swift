import ArgumentParser
import FoundationEssentials
import Injector
import MeshModel

/// What a controller in a cluster is told of its webhooks.
struct WebhookOptions: ParsableArguments {
    @Option(
        help: """
            How the API server reaches the webhooks: services, none (there are none: pods get no sidecars by \
            themselves), or an address of this host. By default services with --in-cluster, else none.
            """)
    var webhooks: String?

    @Option(help: "In a cluster, where pods get their sidecars, as ADDRESS:PORT.")
    var injector = "0.0.0.0:9090"

    @Option(help: "In a cluster, where policies are checked, as ADDRESS:PORT.")
    var validator = "0.0.0.0:9093"

    @Option(help: "How many seconds the API server waits for a webhook's answer, from 1 to 30.")
    var webhookTimeout = 20

    @Option(
        help: """
            How a pod runs its sidecar: native (an init container that stays, from Kubernetes 1.29), classic, or auto, \
            by the API server's release.
            """)
    var sidecars = SidecarKind.auto

    @Option(
        help: "Who redirects a pod's connections to its sidecar: init-container, or cni for a plugin of the cluster.")
    var redirection = "init-container"

    @Option(help: "When the images of init container and helper are pulled: IfNotPresent, Always or Never.")
    var osmContainerPullPolicy = "IfNotPresent"

    /// How pods run their sidecars.
    enum SidecarKind: String, CaseIterable, ExpressibleByArgument {
        case auto, native, classic
    }

    /// What an operator is told by the options and by the environment that its Deployment sets.
    ///
    /// - Throws: `ValidationError`.
    func configuration(isInCluster: Bool) throws -> Operator.WebhookConfiguration {
        let environment = ProcessInfo.processInfo.environment
        guard (1...30).contains(webhookTimeout) else {
            throw ValidationError("--webhook-timeout \(webhookTimeout): write a number of seconds from 1 to 30")
        }
        let policies = ["IfNotPresent", "Always", "Never"]
        guard policies.contains(osmContainerPullPolicy) else {
            throw ValidationError(
                "--osm-container-pull-policy `\(osmContainerPullPolicy)`: write one of \(policies.joined(separator: ", "))"
            )
        }
        guard let chosen = InjectionSettings.Redirection(rawValue: redirection) else {
            let words = InjectionSettings.Redirection.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--redirection `\(redirection)`: write one of \(words)")
        }
        var configuration = Operator.WebhookConfiguration()
        configuration.reach = try reach(isInCluster: isInCluster)
        configuration.injector = try SocketArgument(injector, example: "0.0.0.0:9090 or [::]:9090")
        configuration.validator = try SocketArgument(validator, example: "0.0.0.0:9093 or [::]:9093")
        configuration.timeout = .seconds(webhookTimeout)
        configuration.sidecars = sidecars
        configuration.injection.envoyImage = environment["OSM_DEFAULT_ENVOY_IMAGE"]
        configuration.injection.initImage = environment["OSM_DEFAULT_INIT_CONTAINER_IMAGE"]
        configuration.injection.healthcheckImage = environment["OSM_DEFAULT_HEALTHCHECK_CONTAINER_IMAGE"]
        configuration.injection.imagePullPolicy = osmContainerPullPolicy
        configuration.injection.redirection = chosen
        let addresses = (environment["POD_IPS"] ?? environment["POD_IP"] ?? "").split(separator: ",")
        // The controller's own pod has the families that all pods of the cluster have.
        let families = Set(addresses.compactMap { IPAddress(String($0))?.family })
        if !families.isEmpty { configuration.injection.families = families }
        return configuration
    }

    private func reach(isInCluster: Bool) throws -> Operator.WebhookConfiguration.Reach {
        switch webhooks {
        case nil: return isInCluster ? .services : .none
        case "services": return .services
        case "none": return .none
        case let text?:
            guard let address = IPAddress(text) else {
                throw ValidationError("--webhooks `\(text)`: write services, none, or an address such as 127.0.0.1")
            }
            return .address(address)
        }
    }
}

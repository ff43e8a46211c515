internal import EnvoyAPI
public import MeshPolicy
internal import SwiftProtobuf
public import XDSCache

extension RequestAuthorizer {
    /// The filter that asks about each inbound request, or, with nobody to ask, lets each pass; and the cluster of the
    /// service that is asked.
    ///
    /// The filter is an extension that listeners name from the start, so that no edit ends a connection.
    ///
    /// - Parameters:
    ///   - authorizer: The service that is asked; `nil` for none.
    ///   - origins: The objects that shaped it.
    public static func resources(of authorizer: RequestAuthorizer?, origins: Set<Origin>) -> [Resource] {
        let name = ResourceName.requestAuthorizer
        guard let authorizer else {
            // A filter of authorization without rules allows everything.
            let config = Envoy.TypedExtensionConfig(name, Envoy.HttpRBAC())
            return [Resource(name, message: config, origins: origins)]
        }
        let cluster = ResourceName.requestAuthorizer(at: authorizer.service)
        let config = Envoy.TypedExtensionConfig(name, authorizer.settings(cluster))
        return [
            Resource(name, message: config, references: [cluster], origins: origins),
            Resource(
                cluster, message: authorizer.service.map { .outside(cluster, $0) } ?? Envoy.Cluster.empty(cluster),
                origins: origins),
        ]
    }

    /// The place of the filter in a connection manager.
    static let filter: Envoy.HttpFilter = {
        var filter = Envoy.HttpFilter()
        filter.name = ResourceName.requestAuthorizer.name
        filter.configDiscovery.configSource = .stream
        filter.configDiscovery.typeUrls = [Envoy.ExtAuthz.protoMessageName, Envoy.HttpRBAC.protoMessageName]
            .map { "type.googleapis.com/" + $0 }
        return filter
    }()

    /// The original's settings.
    private func settings(_ cluster: ResourceName) -> Envoy.ExtAuthz {
        var settings = Envoy.ExtAuthz()
        settings.grpcService.envoyGrpc.clusterName = cluster.name
        settings.grpcService.timeout = .init(timeout)
        settings.transportApiVersion = .v3
        settings.statPrefix = statPrefix
        settings.failureModeAllow = passesWithoutAnswer
        settings.withRequestBody.maxRequestBytes = 8192
        settings.withRequestBody.allowPartialMessage = true
        return settings
    }
}

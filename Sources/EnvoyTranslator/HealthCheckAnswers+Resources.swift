internal import EnvoyAPI
public import MeshPolicy
internal import SwiftProtobuf
public import XDSCache

extension HealthCheckAnswers {
    /// The filter that answers probes, or one that does nothing in its place.
    ///
    /// It comes as an extension, so that no connection ends when the mesh's configuration changes its mind.
    ///
    /// - Parameter origins: The objects that shaped it.
    public func resources(origins: Set<Origin>) -> [Resource] {
        let name = ResourceName.healthCheckAnswers
        let config: Envoy.TypedExtensionConfig
        if areGiven {
            var filter = Envoy.HealthCheckFilter()
            filter.passThroughMode = .init(false)
            var mark = Envoy.HeaderMatcher()
            mark.name = Self.header
            mark.presentMatch = true
            filter.headers = [.init(":path", .exactly(Self.path)), mark]
            config = Envoy.TypedExtensionConfig(name, filter)
        } else {
            // Without rules the filter allows everything.
            config = Envoy.TypedExtensionConfig(name, Envoy.HttpRBAC())
        }
        return [Resource(name, message: config, origins: origins)]
    }
}

extension Envoy.HttpFilter {
    /// The place of ``HealthCheckAnswers`` in a connection manager: first, so that probes need no permission.
    static let healthCheckAnswers: Envoy.HttpFilter = {
        var filter = Envoy.HttpFilter()
        filter.name = ResourceName.healthCheckAnswers.name
        filter.configDiscovery.configSource = .stream
        filter.configDiscovery.typeUrls = [Envoy.HealthCheckFilter.protoMessageName, Envoy.HttpRBAC.protoMessageName]
            .map { "type.googleapis.com/" + $0 }
        return filter
    }()
}

internal import EnvoyAPI
internal import MeshModel
internal import MeshPolicy
internal import SwiftProtobuf
internal import XDSCache

extension Envoy.Cluster {
    /// A service outside the mesh that the proxy itself calls, in plain text.
    static func outside(_ name: ResourceName, _ service: OutsideService) -> Envoy.Cluster {
        var endpoint = Envoy.LbEndpoint()
        endpoint.endpoint.address = .init(service.host, service.port)
        var locality = Envoy.LocalityLbEndpoints()
        locality.lbEndpoints = [endpoint]
        let isAddress = IPAddress(service.host) != nil
        var cluster = Envoy.Cluster(name, type: isAddress ? .static : .strictDns)
        cluster.loadAssignment.clusterName = name.name
        cluster.loadAssignment.endpoints = [locality]
        if let timeout = service.connectTimeout { cluster.connectTimeout = .init(timeout) }
        var options = Envoy.UpstreamHttpProtocolOptions()
        if service.speaksHTTP2 {
            options.explicitHTTPConfig.http2ProtocolOptions = .init()
        } else {
            options.explicitHTTPConfig.httpProtocolOptions = .init()
        }
        cluster.typedExtensionProtocolOptions = [
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options.packed()
        ]
        cluster.liftLimits()
        guard !isAddress else { return cluster }
        cluster.dnsLookupFamily = .v4Preferred
        cluster.respectDnsTtl = true
        // Clusters are acknowledged once each was looked up: a name server that does not answer must not hold them up.
        var resolver = Envoy.CaresDnsResolverConfig()
        resolver.queryTimeoutSeconds = .init(1)
        resolver.queryTries = .init(2)
        cluster.typedDnsResolverConfig.name = "envoy.network.dns_resolver.cares"
        cluster.typedDnsResolverConfig.typedConfig = resolver.packed()
        return cluster
    }
}

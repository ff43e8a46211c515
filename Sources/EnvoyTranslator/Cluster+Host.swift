internal import EnvoyAPI
internal import MeshModel
internal import SwiftProtobuf
internal import XDSCache

extension Envoy.Cluster {
    /// A cluster of one host that is no pod of the mesh: an IP address, or a name and wherever it leads now.
    ///
    /// Envoy acknowledges clusters only once each name was looked up: a name server that does not answer would hold up
    /// everything for over a minute (by default 5 s, four times, each longer). So it is asked twice, and not for long.
    ///
    /// - Parameters:
    ///   - families: The kinds of addresses that are used; of both, IPv4 is preferred.
    ///   - patience: How long an answer is waited for, in seconds.
    init(_ name: ResourceName, host: String, port: UInt16, families: [IPAddress.Family], patience: UInt64) {
        self.init(name, type: .static)
        var endpoint = Envoy.LbEndpoint()
        endpoint.endpoint.address = .init(host, port)
        var locality = Envoy.LocalityLbEndpoints()
        locality.lbEndpoints = [endpoint]
        loadAssignment.clusterName = name.name
        loadAssignment.endpoints = [locality]
        guard IPAddress(host) == nil else { return }
        var resolver = Envoy.CaresDnsResolverConfig()
        resolver.queryTimeoutSeconds = .init(patience)
        resolver.queryTries = .init(2)
        var lookup = Envoy.DnsCluster()
        lookup.respectDnsTtl = true
        lookup.typedDnsResolverConfig.name = "envoy.network.dns_resolver.cares"
        lookup.typedDnsResolverConfig.typedConfig = resolver.packed()
        lookup.dnsLookupFamily =
            switch (families.contains(.v4), families.contains(.v6)) {
            case (true, false): .v4Only
            case (false, true): .v6Only
            default: .v4Preferred
            }
        clusterType.name = "envoy.cluster.dns"
        clusterType.typedConfig = lookup.packed()
    }
}

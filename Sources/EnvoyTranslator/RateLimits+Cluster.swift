internal import EnvoyAPI
internal import MeshModel
internal import MeshPolicy
internal import XDSCache

extension ResourceName {
    /// A service that counts, by the original's name.
    static func cluster(of service: RateLimitService) -> ResourceName {
        ResourceName(.cluster, "\(service.host)|\(service.port)")
    }
}

extension Envoy.Cluster {
    /// A service that counts, as the proxy dials it: without TLS, and past the mesh.
    ///
    /// - Parameter families: The addresses that the pod has.
    static func rateLimitService(_ service: RateLimitService, families: [IPAddress.Family]) -> Envoy.Cluster {
        var cluster = Envoy.Cluster.external(
            .cluster(of: service), host: service.host, port: service.port, families: families)
        var options = Envoy.UpstreamHttpProtocolOptions()
        // gRPC.
        options.explicitHTTPConfig.http2ProtocolOptions = .init()
        cluster.typedExtensionProtocolOptions = [
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options.packed()
        ]
        return cluster
    }
}

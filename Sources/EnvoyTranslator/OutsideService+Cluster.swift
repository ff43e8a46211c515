internal import EnvoyAPI
internal import MeshModel
internal import MeshPolicy
internal import SwiftProtobuf
internal import XDSCache

extension Envoy.Cluster {
    /// A service outside the mesh that the proxy itself calls, in plain text.
    static func outside(_ name: ResourceName, _ service: OutsideService) -> Envoy.Cluster {
        var cluster = Envoy.Cluster(
            name, host: service.host, port: service.port, families: [.v4, .v6], patience: 1)
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
        return cluster
    }
}

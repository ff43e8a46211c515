internal import EnvoyAPI
internal import SwiftProtobuf
internal import XDSCache

extension Envoy.ConfigSource {
    /// The stream on which the proxy gets everything.
    ///
    /// Without a time limit for the first fetch: a proxy is not ready before it has been told all.
    static let stream: Envoy.ConfigSource = {
        var source = Envoy.ConfigSource()
        source.ads = Envoy_Config_Core_V3_AggregatedConfigSource()
        source.resourceApiVersion = .v3
        source.initialFetchTimeout = .never
        return source
    }()
}

extension Envoy.SdsSecretConfig {
    /// A secret by its name, from the control plane.
    init(_ secret: ResourceName) {
        self.init()
        name = secret.name
        sdsConfig = .stream
    }
}

extension Envoy.Address {
    /// A TCP address.
    init(_ host: String, _ port: UInt16) {
        self.init()
        socketAddress.address = host
        socketAddress.portValue = UInt32(port)
    }
}

internal import EnvoyAPI
internal import MeshModel
internal import MeshPolicy
internal import SwiftProtobuf

/// The protocol by which proxies of the mesh recognize each other, as in the original.
enum MeshProtocol {
    /// Offered by clients and matched by servers in the negotiation of TLS.
    static let name = "osm"
}

extension Envoy.TlsParameters {
    /// The mesh's TLS settings.
    init(_ parameters: TLSParameters) {
        self.init()
        tlsMinimumProtocolVersion = .init(parameters.minimum)
        tlsMaximumProtocolVersion = .init(parameters.maximum)
        cipherSuites = parameters.cipherSuites
        ecdhCurves = parameters.ecdhCurves
    }
}

extension Envoy.TlsParameters.TlsProtocol {
    /// The version by Envoy's number.
    init(_ version: TLSVersion) {
        switch version {
        case .auto: self = .tlsAuto
        case .v1_0: self = .tlsv10
        case .v1_1: self = .tlsv11
        case .v1_2: self = .tlsv12
        case .v1_3: self = .tlsv13
        }
    }
}

extension Envoy.TransportSocket {
    /// Mutual TLS as the client of an upstream.
    static func client(of upstream: Upstream) -> Envoy.TransportSocket {
        var context = Envoy.UpstreamTlsContext()
        context.sni = upstream.serverName
        context.commonTlsContext.tlsParams = .init(upstream.tls)
        context.commonTlsContext.alpnProtocols = [MeshProtocol.name]
        context.commonTlsContext.tlsCertificateSdsSecretConfigs = [.init(.workload)]
        // The names are inline and the roots by reference, so that new roots are one small secret, whatever the
        // number of services.
        context.commonTlsContext.combinedValidationContext.defaultValidationContext.matchTypedSubjectAltNames =
            upstream.subjectAltNames
        context.commonTlsContext.combinedValidationContext.validationContextSdsSecretConfig = .init(.roots)
        return socket(context.packed())
    }

    /// Mutual TLS as a server: any certificate under the roots; who may call what is decided later.
    static func server(_ parameters: TLSParameters) -> Envoy.TransportSocket {
        var context = Envoy.DownstreamTlsContext()
        context.requireClientCertificate = .init(true)
        context.commonTlsContext.tlsParams = .init(parameters)
        context.commonTlsContext.tlsCertificateSdsSecretConfigs = [.init(.workload)]
        context.commonTlsContext.validationContextSdsSecretConfig = .init(.roots)
        // No `alpn_protocols`, though the chain matches them: the connection manager would take the negotiated `osm`
        // for HTTP/1.1, and HTTP/2 would fail.
        return socket(context.packed())
    }

    private static func socket(_ config: Google_Protobuf_Any) -> Envoy.TransportSocket {
        var socket = Envoy.TransportSocket()
        socket.name = "envoy.transport_sockets.tls"
        socket.typedConfig = config
        return socket
    }
}

extension Upstream {
    /// A name that nobody holds: no authority issues names under `.invalid` (RFC 2606).
    static let nobody = "nobody.invalid"

    /// The names of which a server must hold one.
    ///
    /// Never empty: no names would mean any certificate under the roots.
    fileprivate var subjectAltNames: [Envoy.SubjectAltNameMatcher] {
        guard !identities.isEmpty else { return [.init(.dns, Self.nobody)] }
        return identities.flatMap { identity -> [Envoy.SubjectAltNameMatcher] in
            [
                .init(.uri, identity.spiffeURI(trustDomain: trustDomain)),
                .init(.dns, identity.dnsName(trustDomain: trustDomain)),
            ]
        }
    }
}

extension Envoy.SubjectAltNameMatcher {
    fileprivate init(_ type: SanType, _ name: String) {
        self.init()
        sanType = type
        matcher.exact = name
    }
}

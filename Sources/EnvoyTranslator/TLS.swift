internal import EnvoyAPI
internal import MeshModel
internal import MeshPolicy
internal import SwiftProtobuf
internal import XDSCache

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
        return tls(context.packed())
    }

    /// Mutual TLS as a server.
    ///
    /// - Parameter peers: The secret that says whose certificates are accepted: for HTTP the roots, since requests are
    ///   decided one by one; for TCP the allowed peers, since an application may speak first.
    static func server(_ parameters: TLSParameters, peers: ResourceName) -> Envoy.TransportSocket {
        var context = Envoy.DownstreamTlsContext()
        context.requireClientCertificate = .init(true)
        context.commonTlsContext.tlsParams = .init(parameters)
        context.commonTlsContext.tlsCertificateSdsSecretConfigs = [.init(.workload)]
        context.commonTlsContext.validationContextSdsSecretConfig = .init(peers)
        // No `alpn_protocols`, though the chain matches them: the connection manager would take the negotiated `osm`
        // for HTTP/1.1, and HTTP/2 would fail.
        return tls(context.packed())
    }

    /// The transport socket of TLS.
    static func tls(_ config: Google_Protobuf_Any) -> Envoy.TransportSocket {
        var socket = Envoy.TransportSocket()
        socket.name = "envoy.transport_sockets.tls"
        socket.typedConfig = config
        return socket
    }
}

extension Upstream {
    /// The names of which a server must hold one.
    fileprivate var subjectAltNames: [Envoy.SubjectAltNameMatcher] {
        Envoy.SubjectAltNameMatcher.anyOf(identities, trustDomains: trustDomains)
    }
}

extension Envoy.SubjectAltNameMatcher {
    /// A name that nobody holds: no authority issues names under `.invalid` (RFC 2606).
    static let nobody = "nobody.invalid"

    /// The names of some identities, of which a peer must hold one.
    ///
    /// Never empty: no names would mean any certificate under the roots.
    static func anyOf(
        _ identities: [ServiceIdentity], trustDomains: [String]
    ) -> [Envoy.SubjectAltNameMatcher] {
        let names = identities.flatMap { $0.certificateNames(in: trustDomains) }
        return names.isEmpty ? [.init(.dns, nobody)] : names.map(Self.init)
    }

    private init(_ name: ServiceIdentity.CertificateName) {
        switch name {
        case .uri(let text): self.init(.uri, text)
        case .dns(let text): self.init(.dns, text)
        }
    }

    fileprivate init(_ type: SanType, _ name: String) {
        self.init()
        sanType = type
        matcher.exact = name
    }
}

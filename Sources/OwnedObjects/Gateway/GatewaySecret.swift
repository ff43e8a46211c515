internal import CertificateAuthority
internal import FoundationEssentials
internal import MeshModel

/// The Secret of a gateway's certificate, as it is stored.
///
/// Its annotations say which epoch of the roots its `ca.crt` is of, since when, and what validity was asked for.
struct GatewaySecret: Codable, Sendable {
    struct Metadata: Codable, Sendable {
        var name: String
        var namespace: String
        var labels: [String: String]?
        var annotations: [String: String]?
        var resourceVersion: String?
        var uid: String?
    }

    enum Field {
        static let roots = "ca.crt"
        static let certificate = "tls.crt"
        static let key = "tls.key"
    }

    enum Annotation {
        static let epoch = "openservicemesh.io/trust-epoch"
        static let since = "openservicemesh.io/trusted-since"
        static let validity = "openservicemesh.io/validity-seconds"
    }

    /// The type of a Secret with a certificate and its key, which cannot be changed.
    static let type = "kubernetes.io/tls"

    var apiVersion: String? = "v1"
    var kind: String? = "Secret"
    var metadata: Metadata
    var type: String?
    var data: [String: Data]?

    /// By which a Secret is known to be the controller's, and none that holds anything else.
    static func labels(of meshName: String) -> [String: String] {
        [
            "app.kubernetes.io/name": "openservicemesh.io", "app.kubernetes.io/instance": meshName,
            "app.kubernetes.io/component": "ingress-gateway-certificate",
        ]
    }

    /// Whether the controller of a mesh made it, or was given it.
    func isOurs(in meshName: String) -> Bool {
        Self.labels(of: meshName).allSatisfy { metadata.labels?[$0.key] == $0.value }
    }

    /// The certificate in it; `nil` if it is damaged.
    var certificate: GatewayCertificate? {
        GatewayCertificate(certificateChainPEM: text(Field.certificate), privateKeyPEM: text(Field.key))
    }

    /// The roots in it, as PEM.
    var rootsPEM: String { text(Field.roots) }

    /// The epoch of its roots; 0 where it does not say.
    var epoch: Int64 { number(Annotation.epoch) ?? 0 }

    /// Since when it has them, in seconds since 1970; `nil` where it does not say.
    var since: Int64? { number(Annotation.since) }

    /// The validity that was asked for, in seconds; `nil` where it does not say.
    var validity: Int64? { number(Annotation.validity) }

    private func text(_ field: String) -> String { String(decoding: data?[field] ?? Data(), as: UTF8.self) }

    private func number(_ name: String) -> Int64? { metadata.annotations?[name].flatMap { Int64($0) } }
}

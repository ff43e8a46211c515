internal import EnvoyAPI

/// The files that a sidecar reads: one projected volume, mounted in a directory of the container.
///
/// The token comes from the kubelet, the others from the ConfigMap `osm-ca-bundle`. All are replaced by renaming, and
/// Envoy, which watches the directory, takes the new ones without a restart.
public struct ProxyFiles: Hashable, Sendable {
    /// Where the volume is mounted in a sidecar.
    public static let mountPath = "/var/run/secrets/osm"
    /// The pod's service account token, for the audience `MeshLabels.proxyTokenAudience`.
    public static let token = "token"
    /// The certificates, in PEM form, that the control plane's certificate is trusted by.
    public static let authorities = "ca.crt"
    /// The secret that points Envoy at ``authorities``; a validation context with a file in it cannot be inline.
    public static let authoritiesSecret = "cp-roots.yaml"
    /// The secret that points Envoy at ``token``.
    public static let tokenSecret = "xds-token.yaml"
    /// Those of the ConfigMap `osm-ca-bundle`: its keys are their names.
    static let bundled = [authorities, authoritiesSecret, tokenSecret]

    /// The name of the secret in the file ``authoritiesSecret``.
    static let authoritiesSecretName = "cp-roots"
    /// The name of the secret in the file ``tokenSecret``.
    static let tokenSecretName = "xds-token"

    /// The directory that holds the files.
    public let directory: String

    /// The files in a directory.
    public init(directory: String = ProxyFiles.mountPath) { self.directory = directory }

    /// The path of a file by its name.
    public func path(_ name: String) -> String { "\(directory)/\(name)" }

    /// The two small files that point Envoy at the others, by name: what belongs into `osm-ca-bundle` beside the
    /// certificates.
    ///
    /// - Throws: `InjectorError` with the code `encoding`.
    public func contents() throws -> [String: String] {
        var authorities = Envoy_Extensions_TransportSockets_Tls_V3_Secret()
        authorities.name = ProxyFiles.authoritiesSecretName
        authorities.validationContext.trustedCa.filename = path(ProxyFiles.authorities)
        authorities.validationContext.watchedDirectory.path = directory
        var token = Envoy_Extensions_TransportSockets_Tls_V3_Secret()
        token.name = ProxyFiles.tokenSecretName
        token.genericSecret.secret.filename = path(ProxyFiles.token)
        return [
            ProxyFiles.authoritiesSecret: try text(authorities, ProxyFiles.authoritiesSecret),
            ProxyFiles.tokenSecret: try text(token, ProxyFiles.tokenSecret),
        ]
    }

    /// Where Envoy finds the secret of a file.
    func secret(_ name: String, in file: String) -> Envoy_Extensions_TransportSockets_Tls_V3_SdsSecretConfig {
        var secret = Envoy_Extensions_TransportSockets_Tls_V3_SdsSecretConfig()
        secret.name = name
        secret.sdsConfig.resourceApiVersion = .v3
        secret.sdsConfig.pathConfigSource.path = path(file)
        secret.sdsConfig.pathConfigSource.watchedDirectory.path = directory
        return secret
    }

    private func text(_ secret: Envoy_Extensions_TransportSockets_Tls_V3_Secret, _ file: String) throws -> String {
        var response = Envoy_Service_Discovery_V3_DiscoveryResponse()
        response.resources = [try secret.packed()]
        return try response.json(of: file)
    }
}

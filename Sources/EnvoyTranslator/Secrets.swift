internal import EnvoyAPI
public import MeshPolicy
public import XDSCache

extension Roots {
    /// The secret `roots`.
    ///
    /// - Parameter origins: The objects that shaped the roots.
    public func resources(origins: Set<Origin>) -> [Resource] {
        var secret = Envoy.Secret()
        secret.name = ResourceName.roots.name
        secret.validationContext.trustedCa.inlineString = pem
        return [Resource(.roots, message: secret, origins: origins)]
    }
}

extension Resource {
    /// The secret `workload`: the certificate by which one proxy shows who it is.
    ///
    /// - Parameters:
    ///   - certificateChainPEM: The certificate and its intermediates in PEM, leaf first.
    ///   - privateKeyPEM: The leaf's private key in PEM.
    ///   - version: Names the content: a certificate that is issued anew for the same reason has the same version.
    public static func workloadSecret(
        certificateChainPEM: String, privateKeyPEM: String, version: String
    ) -> Resource {
        var secret = Envoy.Secret()
        secret.name = ResourceName.workload.name
        secret.tlsCertificate.certificateChain.inlineString = certificateChainPEM
        secret.tlsCertificate.privateKey.inlineString = privateKeyPEM
        return Resource(key: ResourceKey(.workload), version: version, body: secret.encoded())
    }
}

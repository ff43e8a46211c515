internal import MeshModel

/// A MeshRootCertificate as it is written to the API server.
struct RootManifest: Encodable {
    struct Metadata: Encodable {
        let name: String
        let namespace: String
        let labels: [String: String]
    }
    struct Spec: Encodable {
        let role: String
        let trustDomain: String
        let spiffeEnabled: Bool
        let provider: Provider
    }
    struct Provider: Encodable {
        var tresor: Tresor?
        var vault: Vault?
        var certManager: CertManager?
    }
    struct Tresor: Encodable {
        struct Authority: Encodable { let secretRef: SecretReference }
        let ca: Authority
    }
    struct SecretReference: Encodable {
        let name: String
        let namespace: String
    }
    struct Vault: Encodable {
        enum CodingKeys: String, CodingKey {
            case host, port, role, token
            case scheme = "protocol"
        }
        struct Token: Encodable { let secretKeyRef: KeyReference }
        struct KeyReference: Encodable {
            let name: String
            let key: String
            let namespace: String
        }

        let host: String
        let port: Int
        let role: String
        let scheme: String
        let token: Token
    }
    struct CertManager: Encodable {
        let issuerName: String
        let issuerKind: String
        let issuerGroup: String
    }

    let apiVersion = "config.openservicemesh.io/v1alpha2"
    let kind = "MeshRootCertificate"
    let metadata: Metadata
    let spec: Spec

    init(_ root: MeshRootCertificate) {
        metadata = Metadata(
            name: root.metadata.name, namespace: root.metadata.namespace, labels: root.metadata.labels)
        let given = root.provider
        let provider = Provider(
            tresor: given.tresor.map { tresor in
                // Whatever is written, the Secret is that of the control plane's namespace.
                Tresor(ca: .init(secretRef: .init(name: tresor.secret.name, namespace: root.metadata.namespace)))
            },
            vault: given.vault.map { vault in
                Vault(
                    host: vault.host, port: vault.port, role: vault.role, scheme: vault.protocolName,
                    token: .init(
                        secretKeyRef: .init(
                            name: vault.token.name, key: vault.token.key, namespace: vault.token.namespace)))
            },
            certManager: given.certManager.map {
                CertManager(issuerName: $0.issuerName, issuerKind: $0.issuerKind, issuerGroup: $0.issuerGroup)
            })
        spec = Spec(
            role: root.role.isEmpty ? root.effectiveRole.rawValue : root.role, trustDomain: root.trustDomain,
            spiffeEnabled: root.spiffeEnabled, provider: provider)
    }
}

public import MeshModel

extension Installation {
    /// The MeshConfig, as it is made where there is none.
    func meshConfig() throws -> InstallationObject {
        var object = try Manifests.meshConfig.object()
        object.isPreset = true
        object.content["spec"] = (object.content["spec"] ?? [:]).merging(Self.settings(values))
        return object
    }

    /// The part of a MeshConfig's spec that some settings say: what changes in one that there is; `nil` for nothing.
    ///
    /// A setting that was taken back is as in a MeshConfig that is made anew.
    ///
    /// - Throws: ``InstallationError``.
    public static func meshConfigChange(_ values: InstallationValues) throws -> JSONContent? {
        var spec = settings(values)
        let initial = try Manifests.meshConfig.object().content
        for setting in values.takenBack {
            guard case .meshConfig(let path)? = ValueKey.byPath[setting]?.use else { continue }
            spec[path] = initial[["spec"] + path] ?? .null
        }
        return spec == [:] ? nil : ["spec": spec]
    }

    /// What brings the fields that some settings say back to what they were in a MeshConfig; `nil` for nothing.
    ///
    /// - Parameters:
    ///   - values: The settings.
    ///   - stored: The MeshConfig as it was.
    public static func meshConfigChange(undoing values: InstallationValues, of stored: JSONContent) -> JSONContent? {
        var spec: JSONContent = [:]
        for setting in values.takenBack.union(values.given.keys) {
            guard case .meshConfig(let path)? = ValueKey.byPath[setting]?.use else { continue }
            spec[path] = stored[["spec"] + path] ?? .null
        }
        return spec == [:] ? nil : ["spec": spec]
    }

    private static func settings(_ values: InstallationValues) -> JSONContent {
        values.given.reduce(into: [:] as JSONContent) { spec, setting in
            guard case .meshConfig(let path)? = ValueKey.byPath[setting.key]?.use else { return }
            spec[path] = setting.value
        }
    }

    /// Who issues certificates, where that is not the controller with the Secret that it makes itself.
    func certificates() throws -> [InstallationObject] {
        let provider: JSONContent
        var objects: [InstallationObject] = []
        switch values.text("osm.certificateProvider.kind") {
        case "vault":
            if let secret = try vaultToken() { objects.append(secret) }
            provider = ["vault": vault]
        case "cert-manager":
            objects += try Manifests.certManagerRole.objects()
            provider = [
                "certManager": [
                    "issuerName": values["osm.certmanager.issuerName"],
                    "issuerKind": values["osm.certmanager.issuerKind"],
                    "issuerGroup": values["osm.certmanager.issuerGroup"],
                ]
            ]
        default:
            let secret = values["osm.caBundleSecretName"]
            // Without an object the controller takes the Secret of this name.
            guard secret != "osm-ca-bundle" else { return [] }
            provider = ["tresor": ["ca": ["secretRef": ["name": secret, "namespace": .string(namespace)]]]]
        }
        var root = try InstallationObject([
            "apiVersion": "config.openservicemesh.io/v1alpha2", "kind": "MeshRootCertificate",
            "metadata": [
                "name": "osm-mesh-root-certificate", "namespace": .string(namespace),
                "labels": [
                    "app.kubernetes.io/name": "openservicemesh.io", "app.kubernetes.io/instance": .string(meshName),
                ],
            ],
            "spec": [
                "role": "active", "trustDomain": values["osm.trustDomain"], "provider": provider,
                "spiffeEnabled": values["osm.featureFlags.enableSPIFFE"],
            ],
        ])
        root.isPreset = true
        return objects + [root]
    }

    private var vault: JSONContent {
        let isGiven = !values.text("osm.vault.token").isEmpty
        return [
            "host": values["osm.vault.host"], "port": values["osm.vault.port"],
            "protocol": values["osm.vault.protocol"], "role": values["osm.vault.role"],
            "token": [
                "secretKeyRef": [
                    "name": isGiven ? .string(Self.vaultSecret) : values["osm.vault.secret.name"],
                    "key": isGiven ? .string(Self.vaultSecretKey) : values["osm.vault.secret.key"],
                    "namespace": .string(namespace),
                ]
            ],
        ]
    }

    /// The Secret of a token that was given as a value.
    private func vaultToken() throws -> InstallationObject? {
        let token = values.text("osm.vault.token")
        guard !token.isEmpty else { return nil }
        return try InstallationObject([
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": [
                "name": .string(Self.vaultSecret), "namespace": .string(namespace),
                "labels": [
                    "app.kubernetes.io/name": "openservicemesh.io", "app.kubernetes.io/instance": .string(meshName),
                ],
            ],
            "stringData": .object([Self.vaultSecretKey: .string(token)]),
        ])
    }
}

/// A directory that containers of a pod may see.
struct Volume: Decodable, Sendable {
    /// A key of an object, and the file that it becomes.
    struct Item: Decodable, Sendable {
        let key: String
        let path: String
        let mode: Int?
    }

    struct ConfigMapSource: Decodable, Sendable {
        let name: String
        let items: [Item]?
        let optional: Bool?
        let defaultMode: Int?
    }

    /// A Secret as a volume of its own, whose name stands under another key.
    struct SecretVolume: Decodable, Sendable {
        let secretName: String
        let items: [Item]?
        let optional: Bool?
        let defaultMode: Int?
    }

    struct FieldFile: Decodable, Sendable {
        let path: String
        let fieldRef: Variable.FieldReference?
        let resourceFieldRef: Variable.ResourceReference?
        let mode: Int?
    }

    struct DownwardAPI: Decodable, Sendable {
        let items: [FieldFile]?
        let defaultMode: Int?
    }

    struct Token: Decodable, Sendable {
        let audience: String?
        let expirationSeconds: Int?
        let path: String
    }

    struct Source: Decodable, Sendable {
        let configMap: ConfigMapSource?
        let secret: ConfigMapSource?
        let downwardAPI: DownwardAPI?
        let serviceAccountToken: Token?
    }

    struct Projected: Decodable, Sendable {
        let sources: [Source]?
        let defaultMode: Int?
    }

    struct EmptyDirectory: Decodable, Sendable { let medium: String? }

    struct HostPath: Decodable, Sendable {
        let path: String
        let type: String?
    }

    let name: String
    let emptyDir: EmptyDirectory?
    let hostPath: HostPath?
    let configMap: ConfigMapSource?
    let secret: SecretVolume?
    let downwardAPI: DownwardAPI?
    let projected: Projected?

    /// The volume as what it projects; `nil` where its files are not the node's.
    var projection: Projected? {
        func single(_ source: Source, _ mode: Int?) -> Projected { Projected(sources: [source], defaultMode: mode) }
        func source(
            configMap: ConfigMapSource? = nil, secret: ConfigMapSource? = nil, downwardAPI: DownwardAPI? = nil
        ) -> Source {
            Source(configMap: configMap, secret: secret, downwardAPI: downwardAPI, serviceAccountToken: nil)
        }
        if let projected { return projected }
        if let configMap { return single(source(configMap: configMap), configMap.defaultMode) }
        if let secret {
            let named = ConfigMapSource(
                name: secret.secretName, items: secret.items, optional: secret.optional,
                defaultMode: secret.defaultMode)
            return single(source(secret: named), secret.defaultMode)
        }
        if let downwardAPI { return single(source(downwardAPI: downwardAPI), downwardAPI.defaultMode) }
        return nil
    }
}

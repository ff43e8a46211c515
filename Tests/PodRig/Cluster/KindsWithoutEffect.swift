/// Objects of kinds that the controller does not act on yet: it says so in their status.
enum KindsWithoutEffect {
    static let objects: [ClusterObject] = documents.map {
        ClusterObject(kind: $0.kind, namespace: "shop", name: name)
    }

    static var manifests: String {
        documents.map { document in
            "apiVersion: \(document.version)\nkind: \(document.kind)\nmetadata:\n  name: \(name)\n  namespace: shop\n"
                + "spec: \(document.spec)\n"
        }.joined(separator: "---\n")
    }

    private static let name = "later"
    private static let config = "config.openservicemesh.io/v1alpha2"

    private static let documents: [(version: String, kind: String, spec: String)] = [
        (
            config, "MeshRootCertificate",
            "{role: active, provider: {tresor: {ca: {secretRef: {name: ca, namespace: osm-system}}}}}"
        )
    ]
}

/// Objects of the kinds that the proofs do not edit: the controller says in their status what became of them.
enum OtherKinds {
    /// The objects, and whether each must become ready.
    static let objects: [(object: ClusterObject, isReady: Bool)] = documents.map { document in
        (ClusterObject(kind: document.kind, namespace: "shop", name: name), document.isReady)
    }

    static var manifests: String {
        documents.map { document in
            "apiVersion: \(document.version)\nkind: \(document.kind)\nmetadata:\n  name: \(name)\n  namespace: shop\n"
                + "spec: \(document.spec)\n"
        }.joined(separator: "---\n")
    }

    private static let name = "other"
    private static let policy = "policy.openservicemesh.io/v1alpha1"
    private static let config = "config.openservicemesh.io/v1alpha2"

    private struct Document {
        let version: String
        let kind: String
        let spec: String
        var isReady = true
    }

    private static let documents = [
        Document(
            version: policy, kind: "Egress",
            spec: "{sources: [{kind: ServiceAccount, name: client-1, namespace: clients}], "
                + "ipAddresses: [192.0.2.0/24], ports: [{number: 9999, protocol: tcp}]}"),
        Document(
            version: policy, kind: "IngressBackend",
            spec: "{backends: [{name: web-2, port: {number: \(ProofPods.webPort), protocol: http}}], "
                + "sources: [{kind: IPRange, name: 192.0.2.0/24}]}"),
        Document(
            version: policy, kind: "UpstreamTrafficSetting",
            spec: "{host: web-2.shop.svc.cluster.local, connectionSettings: {tcp: {maxConnections: 10000}}}"),
        // Of neither client: one of them would have other routes than the other, and replicas are compared by both.
        Document(
            version: policy, kind: "Retry",
            spec: "{source: {kind: ServiceAccount, name: web, namespace: shop}, "
                + "destinations: [{kind: Service, name: web-2, namespace: shop}], "
                + "retryPolicy: {retryOn: gateway-error, numRetries: 1}}"),
        Document(
            version: policy, kind: "Telemetry",
            spec: "{selector: {app: web}, accessLog: {format: \"%REQ(:PATH)%\", "
                + "openTelemetry: {extensionService: {name: \(name), namespace: shop}}}}"),
        Document(version: config, kind: "ExtensionService", spec: "{host: 192.0.2.1, port: 4317, protocol: h2c}"),
        // The controller does not act on it yet.
        Document(
            version: config, kind: "MeshRootCertificate",
            spec: "{role: active, provider: {tresor: {ca: {secretRef: {name: ca, namespace: osm-system}}}}}",
            isReady: false),
    ]
}

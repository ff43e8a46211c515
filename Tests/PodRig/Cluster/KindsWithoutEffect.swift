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
    private static let policy = "policy.openservicemesh.io/v1alpha1"

    private static let documents: [(version: String, kind: String, spec: String)] = [
        (
            config, "MeshRootCertificate",
            "{role: active, provider: {tresor: {ca: {secretRef: {name: ca, namespace: osm-system}}}}}"
        ),
        (config, "ExtensionService", "{host: a.example, port: 4317, protocol: h2c}"),
        (
            policy, "Egress",
            "{sources: [{kind: ServiceAccount, name: client-1, namespace: clients}], hosts: [a.example], "
                + "ports: [{number: 80, protocol: http}]}"
        ),
        (
            policy, "IngressBackend",
            "{backends: [{name: web, port: {number: 14001, protocol: http}}], "
                + "sources: [{kind: Service, name: gateway, namespace: ingress}]}"
        ),
        (
            policy, "Retry",
            "{source: {kind: ServiceAccount, name: client-1, namespace: clients}, "
                + "destinations: [{kind: Service, name: web, namespace: shop}], retryPolicy: {retryOn: 5xx, perTryTimeout: 1s, numRetries: 3, retryBackoffBaseInterval: 10ms}}"
        ),
        (policy, "UpstreamTrafficSetting", "{host: web.shop.svc.cluster.local}"),
        (
            policy, "Telemetry",
            "{accessLog: {openTelemetry: {extensionService: {name: later, namespace: shop}}}}"
        ),
    ]
}

internal import KubernetesClient
internal import MeshInstallation
internal import MeshModel

/// Takes a mesh out of a cluster.
struct InstallationRemoval {
    /// The annotations of a namespace that only a mesh reads.
    private static let annotations = [
        MeshLabels.sidecarInjection, MeshLabels.metrics, MeshLabels.permissiveMode,
    ]
    /// The Secrets that the controller makes for itself.
    private static let secrets = ["osm-control-plane-ca", "osm-mesh-trust", "osm-vault-token"]
    private static let lease = "osm-controller"

    let cluster: ClusterConnection
    let meshName: String
    /// The control plane's namespace.
    let namespace: String

    private var client: KubernetesClient { cluster.client }
    private var webhooks: [(APIResource, String)] {
        [
            (.mutatingWebhookConfiguration, "osm-webhook-\(meshName)"),
            (.validatingWebhookConfiguration, "osm-validator-mesh-\(meshName)"),
        ]
    }

    /// Removes the control plane and what it has made.
    ///
    /// - Parameter certificateSecret: The Secret of the mesh's root.
    /// - Throws: `KubernetesError`, `InstallationError`.
    func remove(certificateSecret: String) async throws {
        let record = try await InstallationRecord.read(client, namespace: namespace)
        // While it runs nothing must wait for an answer of webhooks that go.
        for (resource, name) in webhooks { try await delete(resource, name) }
        let installation = try Installation(
            record?.values ?? InstallationValues(), meshName: meshName, namespace: namespace)
        let objects = Set(try installation.objects().map(\.reference)).union(record?.objects ?? [])
        let kept: Set = ["CustomResourceDefinition", "Namespace"]
        // The controller first: it would make again what goes.
        for reference in objects.sorted().reversed() where !kept.contains(reference.kind) {
            cluster.console.debug("removing \(reference)")
            try await client.delete(APIResource(reference), reference.name)
            if reference.kind == "Deployment", reference.name.name == "osm-controller" { try await waitForPods() }
        }
        try await removeLeftovers(certificateSecret: certificateSecret)
        for resource in [APIResource(.meshConfig), .meshRootCertificate] {
            guard try await client.serves(resource) else { continue }
            for object in try await client.list(resource, namespace: namespace, as: Object.self) {
                try await delete(resource, object.metadata.name, in: namespace)
            }
        }
        try await delete(.configMap, InstallationRecord.name, in: namespace)
    }

    /// Removes what the controller has made outside of the manifests.
    ///
    /// - Parameter certificateSecret: The Secret of the mesh's root; `nil` to leave it.
    /// - Throws: `KubernetesError`.
    func removeLeftovers(certificateSecret: String?) async throws {
        for (resource, name) in webhooks { try await delete(resource, name) }
        for secret in Self.secrets + [certificateSecret].compactMap({ $0 }) {
            try await delete(.secret, secret, in: namespace)
        }
        try await delete(.lease, Self.lease, in: namespace)
        let labels = "app.kubernetes.io/name=openservicemesh.io,app.kubernetes.io/instance=\(meshName)"
        for (selector, resource) in [
            ("openservicemesh.io/replica-of=\(meshName)", APIResource.configMap), (labels, .secret),
        ] {
            for object in try await client.list(
                resource, namespace: namespace, labelSelector: selector, as: Object.self)
            {
                try await delete(resource, object.metadata.name, in: namespace)
            }
        }
        // One in each namespace of the mesh.
        for object in try await client.list(.configMap, labelSelector: labels, as: Object.self)
        where object.metadata.name == "osm-ca-bundle" {
            try await delete(.configMap, object.metadata.name, in: object.metadata.namespace ?? "")
        }
    }

    /// Takes the labels and annotations of the mesh from its namespaces.
    ///
    /// - Returns: Their names, sorted.
    /// - Throws: `KubernetesError`.
    func releaseNamespaces() async throws -> [String] {
        let found = try await client.list(
            .namespace, labelSelector: "\(MeshLabels.monitoredBy)=\(meshName)", as: Object.self)
        let none = Dictionary(uniqueKeysWithValues: Self.annotations.map { ($0, JSONContent.null) })
        let change: JSONContent = [
            "metadata": ["labels": .object([MeshLabels.monitoredBy: .null]), "annotations": .object(none)]
        ]
        for object in found {
            try await client.mergePatch(
                .namespace, ObjectName(namespace: "", name: object.metadata.name), body: change)
        }
        return found.map(\.metadata.name).sorted()
    }

    private struct Object: Decodable {
        struct Metadata: Decodable {
            let name: String
            let namespace: String?
        }
        let metadata: Metadata
    }

    private func delete(_ resource: APIResource, _ name: String, in namespace: String = "") async throws {
        if try await client.delete(resource, ObjectName(namespace: namespace, name: name)) {
            cluster.console.debug("removed \(resource.name) \(name)")
        }
    }

    /// Returns when no pod of the controller is left, or after a minute: a node may be away.
    private func waitForPods() async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            let pods = try await client.list(
                .pod, namespace: namespace, labelSelector: "app=osm-controller", as: Object.self)
            if pods.isEmpty { return }
            try await Task.sleep(for: .milliseconds(500))
        }
        cluster.console.error("pods of osm-controller are still there; going on")
    }
}

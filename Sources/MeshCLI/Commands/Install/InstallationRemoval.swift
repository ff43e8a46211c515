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

    /// Removes the control plane, what it has made, and the marks of the mesh on namespaces.
    ///
    /// It goes on where a run was interrupted: the record goes last, and with it the mesh is found again.
    ///
    /// - Parameter certificateSecret: The Secret of the mesh's root.
    /// - Returns: The namespaces that were in the mesh, sorted.
    /// - Throws: `KubernetesError`, `InstallationError`.
    func remove(certificateSecret: String) async throws -> [String] {
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
        try await removeLeftovers()
        // The roots that it made, also by rotations.
        try await delete(.secret, certificateSecret, in: namespace)
        try await deleteAll(.secret, "app.kubernetes.io/name=openservicemesh.io", in: namespace)
        for resource in [APIResource(.meshConfig), .meshRootCertificate] {
            guard try await client.serves(resource) else { continue }
            try await deleteAll(resource, nil, in: namespace)
        }
        let released = try await releaseNamespaces()
        try await releaseOwnNamespace()
        try await delete(.configMap, InstallationRecord.name, in: namespace)
        return released
    }

    /// Removes what the controller has made outside of the manifests, but for roots, which others may know.
    ///
    /// - Throws: `KubernetesError`.
    func removeLeftovers() async throws {
        for (resource, name) in webhooks { try await delete(resource, name) }
        for secret in Self.secrets { try await delete(.secret, secret, in: namespace) }
        try await delete(.lease, Self.lease, in: namespace)
        // What replicas tell each other, and what pods have called.
        for label in ["replica-of", "calls-of"] {
            try await deleteAll(.configMap, "openservicemesh.io/\(label)=\(meshName)", in: namespace)
        }
        let labels = "app.kubernetes.io/name=openservicemesh.io,app.kubernetes.io/instance=\(meshName)"
        // The certificate of a gateway is where the gateway is.
        try await deleteAll(.secret, "\(labels),app.kubernetes.io/component=ingress-gateway-certificate")
        // One in each namespace of the mesh.
        try await deleteAll(.configMap, labels) { $0 == "osm-ca-bundle" }
    }

    /// Takes the labels and annotations of the mesh from its namespaces.
    ///
    /// - Returns: Their names, sorted.
    /// - Throws: `KubernetesError`.
    private func releaseNamespaces() async throws -> [String] {
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

    /// Takes from the control plane's namespace the labels that an installation has given it.
    private func releaseOwnNamespace() async throws {
        let name = ObjectName(namespace: "", name: namespace)
        // One that there is not would be made.
        guard try await cluster.namespace(namespace) != nil else { return }
        try await client.apply(
            .namespace, name,
            body: ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]] as JSONContent,
            fieldManager: InstallationWriter.fieldManager, force: false)
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

    /// Deletes the objects that a selector finds.
    ///
    /// - Parameters:
    ///   - resource: Their kind.
    ///   - selector: By labels; `nil` for all.
    ///   - place: Their namespace; `nil` for all.
    ///   - condition: Which of the names are meant.
    private func deleteAll(
        _ resource: APIResource, _ selector: String?, in place: String? = nil,
        where condition: (String) -> Bool = { _ in true }
    ) async throws {
        for object in try await client.list(resource, namespace: place, labelSelector: selector, as: Object.self)
        where condition(object.metadata.name) {
            try await delete(resource, object.metadata.name, in: object.metadata.namespace ?? "")
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

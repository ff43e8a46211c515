internal import KubernetesClient
internal import MeshModel

/// What every connection through the mesh needs.
struct Prerequisites {
    let cluster: ClusterConnection
    let meshName: String

    /// Whether a namespace is in the mesh.
    func isMonitored(_ name: String) async throws -> Verification {
        let context = "Verify if namespace \"\(name)\" is monitored by mesh \"\(meshName)\""
        guard let namespace = try await cluster.namespace(name) else {
            return Verification(
                context, .failure, reason: "Namespace \"\(name)\" does not exist",
                suggestion: "Confirm the name with `kubectl get namespaces`")
        }
        let owner = namespace.metadata.labels?[MeshLabels.monitoredBy]
        let isIgnored = namespace.metadata.labels?[MeshLabels.ignore] != nil
        if isIgnored {
            return Verification(
                context, .failure, reason: "Namespace \"\(name)\" has the label \(MeshLabels.ignore)",
                suggestion: "Remove it with `kubectl label namespace \(name) \(MeshLabels.ignore)-`")
        }
        return Verification(
            context, owner == meshName,
            orBecause: owner.map { "Namespace \"\(name)\" is monitored by mesh \"\($0)\"" }
                ?? "Namespace \"\(name)\" is not monitored by a mesh",
            suggestion: "Add the namespace to the mesh with `osm namespace add \(name) --mesh-name \(meshName)`")
    }

    /// Whether a pod has a sidecar, or none.
    func hasSidecar(_ pod: ObjectName, isWanted: Bool = true) async throws -> Verification {
        let context =
            isWanted ? "Verify Envoy sidecar on pod \"\(pod)\"" : "Verify no Envoy sidecar on pod \"\(pod)\""
        guard let object = try await cluster.client.get(.pod, pod, as: PodObject.self) else {
            return Verification(
                context, .failure, reason: "Pod \"\(pod)\" does not exist",
                suggestion: "Confirm the name with `kubectl get pods -n \(pod.namespace)`")
        }
        let isThere = object.containers.contains { $0.name == "envoy" }
        return Verification(
            context, isThere == isWanted,
            orBecause: isWanted
                ? "Did not find Envoy sidecar on pod \"\(pod)\"" : "Found Envoy sidecar on pod \"\(pod)\"",
            suggestion: isWanted
                ? "Ensure Envoy sidecar is injected to pod \"\(pod)\": enable injection for its namespace, and make the "
                    + "pod anew" : "Keep the ingress controller's pods out of the mesh")
    }

    /// The configuration of a pod's Envoy, and that it could be read.
    func configuration(of pod: ObjectName) async -> (ConfigDump?, Verification) {
        let context = "Verify that Envoy of pod \"\(pod)\" tells its configuration"
        do {
            let text = try await cluster.text(
                from: pod, port: ClusterConnection.proxyAdministration, path: "/config_dump?include_eds")
            return (try ConfigDump(json: text), Verification(context, .success))
        } catch {
            return (
                nil,
                Verification(
                    context, .unknown, reason: "\(error)".onOneLine,
                    suggestion: "See `osm proxy status \(pod.name) -n \(pod.namespace)`")
            )
        }
    }
}

internal import ArgumentParser
internal import FoundationEssentials
internal import KubernetesClient
internal import MeshModel

extension ClusterConnection {
    /// A pod that is in a mesh.
    ///
    /// - Throws: ``CommandFailure`` if there is no such pod, or it has no sidecar.
    func meshPod(_ name: ObjectName) async throws -> PodObject {
        guard let pod = try await client.get(.pod, name, as: PodObject.self) else {
            throw CommandFailure("Could not find pod \(name.name) in namespace \(name.namespace)")
        }
        guard let uuid = pod.metadata.labels?[MeshLabels.proxyUUID], UUID(uuidString: uuid) != nil else {
            throw CommandFailure(
                "Pod \(name.name) in namespace \(name.namespace) is not a part of a mesh",
                advice: "add its namespace with `osm namespace add \(name.namespace)`, and make the pod anew")
        }
        return pod
    }

    /// A pod that is in a mesh and runs.
    ///
    /// - Throws: ``CommandFailure``.
    func runningMeshPod(_ name: ObjectName) async throws -> PodObject {
        let pod = try await meshPod(name)
        guard pod.status?.phase == "Running" else {
            throw CommandFailure(
                "Pod \(name.name) in namespace \(name.namespace) is not running",
                advice: "see why with `kubectl describe pod \(name.name) -n \(name.namespace)`")
        }
        return pod
    }

    /// The pods of the control plane of a namespace, sorted by name.
    func controllerPods(in namespace: String) async throws -> [PodObject] {
        try await client.list(.pod, namespace: namespace, labelSelector: InstalledMesh.selector, as: PodObject.self)
            .sorted { $0.metadata.name < $1.metadata.name }
    }
}

extension ObjectName {
    /// The pod that an argument names: `NAMESPACE/POD`, or `POD` in the namespace `default`.
    ///
    /// - Parameters:
    ///   - argument: The words of the command line.
    ///   - role: What the pod is, for messages, such as `source`.
    /// - Throws: `ValidationError`.
    init(pod argument: String, role: String) throws {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count), !parts.contains("") else {
            throw ValidationError(
                "Invalid argument specified for the \(role) pod [\(argument)]: Pod name should be of the form "
                    + "<namespace/pod>, or <pod> for default namespace, got: \(argument)")
        }
        self.init(namespace: parts.count == 2 ? parts[0] : "default", name: parts[parts.count - 1])
    }
}

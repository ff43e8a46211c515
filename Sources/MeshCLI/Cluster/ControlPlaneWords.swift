internal import KubernetesClient
internal import MeshModel
internal import PolicyCompiler

/// What a control plane was told when it was started, as far as the meaning of policies depends on it.
struct ControlPlaneWords: Equatable, Sendable {
    /// What the mesh is called.
    private(set) var meshName: String?
    /// The domain in which workloads are named.
    private(set) var trustDomain: String?
    /// Of more service ports a proxy has only those that it has called; `nil` where nothing is said.
    private(set) var lazyAbove: String?

    /// Reads what a container is started with: `--option=value` and `--option value`.
    ///
    /// - Parameter meshName: What the Deployment's label says.
    init(_ words: [String], meshName: String?) {
        self.meshName = meshName
        for (index, word) in words.enumerated() {
            func value(of option: String) -> String? {
                if word.hasPrefix("--\(option)=") { return String(word.dropFirst(option.utf8.count + 3)) }
                return word == "--\(option)" && index + 1 < words.count ? words[index + 1] : nil
            }
            if let name = value(of: "mesh-name") { self.meshName = name }
            if let domain = value(of: "trust-domain") { trustDomain = domain }
            if let threshold = value(of: "lazy-above") { lazyAbove = threshold }
        }
    }
}

/// A Deployment, as far as its controller's words are read.
private struct WordedDeployment: Decodable {
    struct Spec: Decodable { let template: Template }
    struct Template: Decodable { let spec: Pods }
    struct Pods: Decodable { let containers: [Container] }
    struct Container: Decodable {
        let name: String
        let command: [String]?
        let args: [String]?
    }

    let metadata: ObjectHeader
    let spec: Spec
}

extension ClusterConnection {
    /// What the control plane of the namespace was told; `nil` where there is none, or it may not be read.
    func controlPlaneWords() async throws -> ControlPlaneWords? {
        do {
            let found = try await client.list(
                .deployment, namespace: osmNamespace, labelSelector: InstalledMesh.selector, as: WordedDeployment.self)
            guard let deployment = found.first else { return nil }
            let container = deployment.spec.template.spec.containers.first { $0.name == "osm-controller" }
            return ControlPlaneWords(
                (container?.command ?? []) + (container?.args ?? []),
                meshName: deployment.metadata.labels?[InstalledMesh.nameLabel])
        } catch let error as KubernetesError where error.code == .forbidden {
            console.debug("the control plane's Deployment may not be read: \(error.message)")
            return nil
        }
    }
}

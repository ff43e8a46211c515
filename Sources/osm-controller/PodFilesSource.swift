import CertificateAuthority
import FoundationEssentials
import Injector
import KubernetesClient
import Logging
import ManifestSource
import MeshModel
import OwnedObjects
import ProxyIdentity

/// Where a pod and the files that it is given are from.
protocol PodFilesSource {
    /// A pod, and what its sidecar is given beside its bootstrap, by file name.
    ///
    /// - Throws: `ControllerError` if there is no such pod.
    func files(of name: ObjectName, tokenSeconds: Int) async throws -> (pod: Pod, files: [String: String])
}

/// A directory of manifests and the state of a standalone controller.
struct StandalonePodFiles: PodFilesSource {
    let manifests: String
    let state: String

    func files(of name: ObjectName, tokenSeconds: Int) async throws -> (pod: Pod, files: [String: String]) {
        let (pod, account) = try find(name)
        let kept = try StandaloneState(
            directory: state, Controller.Configuration(manifests: manifests, state: state), now: Date())
        let token = try await kept.tokens.issue(
            pod: pod.name, podUID: pod.metadata.uid, serviceAccount: account.name,
            serviceAccountUID: account.metadata.uid, validity: .seconds(tokenSeconds), now: Date())
        return (pod, [ProxyFiles.token: token, ProxyFiles.authorities: kept.controlPlane.rootPEM])
    }

    private func find(_ name: ObjectName) throws -> (Pod, ServiceAccount) {
        let changes = try ManifestCheck(directory: manifests).changes
        guard let pod = changes.pods.compactMap(\.object).first(where: { $0.name == name }) else {
            throw ControllerError(
                code: .argument, message: "there is no Pod \(name) in \(manifests): add its manifest")
        }
        let accountName = ObjectName(namespace: name.namespace, name: pod.serviceAccount)
        guard let account = changes.serviceAccounts.compactMap(\.object).first(where: { $0.name == accountName }) else {
            throw ControllerError(
                code: .argument,
                message: "Pod \(name) runs as ServiceAccount \(accountName), which is not in \(manifests): add it")
        }
        return (pod, account)
    }
}

/// A cluster: its pod, and the ConfigMap that the leader keeps in the pod's namespace.
struct ClusterPodFiles: PodFilesSource {
    let access: ClusterAccess

    private struct ConfigMap: Decodable { let data: [String: String]? }

    func files(of name: ObjectName, tokenSeconds: Int) async throws -> (pod: Pod, files: [String: String]) {
        let client = try KubernetesClient(
            access, logger: Logger(label: "pod-files") { _ in JSONLogHandler(level: .error) })
        let result: Result<(pod: Pod, files: [String: String]), any Error>
        do {
            result = .success(try await files(of: name, client))
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        return try result.get()
    }

    private func files(
        of name: ObjectName, _ client: KubernetesClient
    ) async throws -> (pod: Pod, files: [String: String]) {
        guard let pod = try await client.get(.pod, name, as: Pod.self) else {
            throw ControllerError(code: .argument, message: "there is no Pod \(name) in the cluster")
        }
        let bundle = ObjectName(namespace: name.namespace, name: TrustBundleWriter.name)
        guard let files = try await client.get(.configMap, bundle, as: ConfigMap.self)?.data else {
            throw ControllerError(
                code: .argument,
                message: "there is no ConfigMap \(bundle): the controller makes it once namespace \(name.namespace) has"
                    + " the label \(MeshLabels.monitoredBy) with the mesh's name")
        }
        return (pod, files)
    }
}

extension ObjectChange {
    /// The object, unless it is gone.
    fileprivate var object: Object? {
        if case .set(let object) = self { object } else { nil }
    }
}

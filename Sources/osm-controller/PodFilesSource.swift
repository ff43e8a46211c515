import CertificateAuthority
import FoundationEssentials
import Injector
import KubernetesClient
import Logging
import ManifestSource
import MeshModel
import OwnedObjects
import ProxyIdentity

/// A pod, and what its sidecar is given beside its bootstrap, by file name.
typealias PodFiles = (pod: Pod, files: [String: String])

/// Where pods and the files that they are given are from.
protocol PodFilesSource {
    /// The files of pods, in the order of their names as given; with `nil`, of all that have a sidecar of ours, sorted.
    ///
    /// - Throws: `ControllerError` if one of the pods is not there.
    func files(of names: [ObjectName]?, tokenSeconds: Int) async throws -> [PodFiles]
}

/// A directory of manifests and the state of a standalone controller.
struct StandalonePodFiles: PodFilesSource {
    let manifests: String
    let state: String

    func files(of names: [ObjectName]?, tokenSeconds: Int) async throws -> [PodFiles] {
        let changes = try ManifestCheck(directory: manifests).changes
        let pods = Dictionary(changes.pods.compactMap(\.object).map { ($0.name, $0) }) { first, _ in first }
        let accounts = Dictionary(changes.serviceAccounts.compactMap(\.object).map { ($0.name, $0) }) { first, _ in
            first
        }
        let kept = try StandaloneState(
            directory: state, Controller.Configuration(manifests: manifests, state: state), now: Date())
        let all = pods.values.filter { $0.mountsProxyToken && !$0.isTerminal }.map(\.name).sorted()
        var result: [PodFiles] = []
        for name in names ?? all {
            let (pod, account) = try find(name, pods, accounts)
            let token = try await kept.tokens.issue(
                pod: pod.name, podUID: pod.metadata.uid, serviceAccount: account.name,
                serviceAccountUID: account.metadata.uid, validity: .seconds(tokenSeconds), now: Date())
            result.append((pod, [ProxyFiles.token: token, ProxyFiles.authorities: kept.controlPlane.rootPEM]))
        }
        return result
    }

    private func find(
        _ name: ObjectName, _ pods: [ObjectName: Pod], _ accounts: [ObjectName: ServiceAccount]
    ) throws -> (Pod, ServiceAccount) {
        guard let pod = pods[name] else {
            throw ControllerError(
                code: .argument, message: "there is no Pod \(name) in \(manifests): add its manifest")
        }
        let accountName = ObjectName(namespace: name.namespace, name: pod.serviceAccount)
        guard let account = accounts[accountName] else {
            throw ControllerError(
                code: .argument,
                message: "Pod \(name) runs as ServiceAccount \(accountName), which is not in \(manifests): add it")
        }
        return (pod, account)
    }
}

/// A cluster: its pods, and the ConfigMap that the leader keeps in each pod's namespace.
struct ClusterPodFiles: PodFilesSource {
    let access: ClusterAccess

    private struct ConfigMap: Decodable { let data: [String: String]? }

    func files(of names: [ObjectName]?, tokenSeconds: Int) async throws -> [PodFiles] {
        let client = try KubernetesClient(
            access, logger: Logger(label: "pod-files") { _ in JSONLogHandler(level: .error) })
        let result: Result<[PodFiles], any Error>
        do {
            var all: [PodFiles] = []
            for name in names ?? [] { all.append(try await files(of: name, client)) }
            result = .success(all)
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        return try result.get()
    }

    private func files(of name: ObjectName, _ client: KubernetesClient) async throws -> PodFiles {
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

internal import MeshModel

/// Whether a pod has a sidecar already.
struct PodMarks {
    enum State {
        case none
        case injected
    }

    private let names: [String]
    private let hasVolume: Bool
    private let hasToken: Bool
    private let isRedirected: Bool
    private let hasOriginalVolume: Bool

    init(_ pod: SubmittedPod, _ settings: InjectionSettings) {
        let all = (pod.spec.initContainers ?? []) + pod.spec.containers
        names = all.map(\.name).filter { SidecarContainers.names.contains($0) }
        let volume = pod.spec.volumes?.first { $0.name == SidecarContainers.volumeName }
        hasVolume = volume != nil
        let audiences = volume?.projected?.sources?.compactMap { $0.serviceAccountToken?.audience } ?? []
        let isMounted = all.contains { container in
            container.name == SidecarContainers.proxyName
                && container.volumeMounts?.contains { $0.name == SidecarContainers.volumeName } ?? false
        }
        hasToken = audiences.contains(MeshLabels.proxyTokenAudience) && isMounted
        isRedirected =
            settings.redirection == .plugin
            || pod.spec.initContainers?.contains { $0.name == SidecarContainers.initName }
                ?? false
        hasOriginalVolume = pod.spec.volumes?.contains { $0.name == "envoy-bootstrap-config-volume" } ?? false
    }

    /// - Throws: `InjectionRefusal` where names of ours are taken by something else.
    func state(of pod: String) throws(InjectionRefusal) -> State {
        if hasToken, isRedirected { return .injected }
        if hasOriginalVolume {
            throw InjectionRefusal(
                message:
                    "\(pod) holds the sidecar of an earlier Open Service Mesh: create it again from its Deployment, "
                    + "or take the containers and volumes of that sidecar out of the template")
        }
        guard !hasVolume else {
            throw InjectionRefusal(
                message:
                    "\(pod) has a volume `\(SidecarContainers.volumeName)`, as the sidecar's is called, but not the "
                    + "whole sidecar: rename the volume, or take what is left of a sidecar out of the template")
        }
        if let name = names.first {
            throw InjectionRefusal(
                message: "\(pod) has a container `\(name)`, as one of the sidecar's is called: rename the container")
        }
        return .none
    }
}

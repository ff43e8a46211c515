internal import MeshModel

/// Which pods get a sidecar.
enum InjectionRule {
    /// Namespaces whose pods are never touched, beside the control plane's own.
    static let exemptNamespaces: Set<String> = ["kube-system", "kube-public"]

    /// Whether a pod shall have a sidecar; the conditions are tried in the original's order.
    ///
    /// - Parameter namespace: What is known of the pod's namespace; `nil` if nothing is.
    /// - Throws: `InjectionRefusal` where an annotation cannot be read, or the namespace is not known.
    static func wantsSidecar(
        _ pod: SubmittedPod, in name: String, _ namespace: Namespace?, _ settings: InjectionSettings
    ) throws(InjectionRefusal) -> Bool {
        if pod.spec.hostNetwork == true { return false }
        if exemptNamespaces.contains(name) || name == settings.osmNamespace { return false }
        if let namespace, !namespace.isInMesh(named: settings.meshName) { return false }
        let ofPod = try position(pod.metadata.annotations, of: "pod \(name)/\(pod.name)")
        guard let namespace else {
            throw InjectionRefusal(
                message: "namespace \(name) is not known to the mesh yet: create the pod again in a moment")
        }
        let ofNamespace = try position(namespace.metadata.annotations, of: "namespace \(name)")
        return ofPod ?? ofNamespace ?? false
    }

    private static func position(
        _ annotations: [String: String]?, of owner: String
    ) throws(InjectionRefusal) -> Bool? {
        guard let text = annotations?[MeshLabels.sidecarInjection] else { return nil }
        guard let position = MeshLabels.switchPosition(text) else {
            throw InjectionRefusal(
                message: "\(owner): metadata.annotations[\(MeshLabels.sidecarInjection)]: "
                    + "`\(text.prefix(60))` has no meaning here: write enabled or disabled")
        }
        return position
    }

    /// Whether Prometheus is told to read the sidecar's metrics, by the namespace's annotation; empty means no.
    static func wantsMetrics(_ namespace: Namespace) throws(InjectionRefusal) -> Bool {
        guard let text = namespace.metadata.annotations[MeshLabels.metrics], !text.isEmpty else { return false }
        guard let position = MeshLabels.switchPosition(text) else {
            throw InjectionRefusal(
                message: "namespace \(namespace.metadata.name): metadata.annotations[\(MeshLabels.metrics)]: "
                    + "`\(text.prefix(60))` has no meaning here: write enabled or disabled")
        }
        return position
    }
}

/// A pod that has its sidecar already, as it is when other webhooks changed it since, or as a copied manifest.
///
/// What was added is not rewritten: the sidecar's bootstrap says already what it answers.
struct Reinvocation {
    private let pod: SubmittedPod
    private let redirection: RedirectionSettings

    init(_ pod: SubmittedPod, _ redirection: RedirectionSettings) {
        self.pod = pod
        self.redirection = redirection
    }

    var outcome: InjectionOutcome {
        var patch = JSONPatch()
        moveRedirection(&patch)
        let warnings = PodWarnings(pod, excluding: redirection.excludedInboundPorts).list + lateProbes
        guard !patch.operations.isEmpty || !warnings.isEmpty else { return .unchanged }
        return .patched(patch: patch.bytes, warnings: warnings)
    }

    /// Connections are redirected right before the sidecar starts: an init container between the two would reach
    /// nobody, and the pod would never start.
    private func moveRedirection(_ patch: inout JSONPatch) {
        let list = pod.spec.initContainers ?? []
        guard let place = list.firstIndex(where: { $0.name == SidecarContainers.initName }) else { return }
        var target = list.count - 1
        if let proxy = list.firstIndex(where: { $0.name == SidecarContainers.proxyName }) {
            // The places behind it count less once it is taken out.
            target = proxy > place ? proxy - 1 : proxy
        }
        guard place != target else { return }
        patch.move(["spec", "initContainers", "\(place)"], to: ["spec", "initContainers", "\(target)"])
    }

    /// Probes that the kubelet asks of the application itself, which the sidecar refuses.
    private var lateProbes: [String] {
        pod.running.flatMap { _, container in
            Probe.Kind.allCases.compactMap { kind -> String? in
                guard let asked = container.probe(kind)?.askedPort, let port = container.number(of: asked),
                    !ProxyPorts.probes.contains(port), !redirection.excludedInboundPorts.contains(port)
                else { return nil }
                return "container \(container.name): its \(kind) probe of port \(port) was added after the sidecar, "
                    + "which refuses it, so that it will fail: let the webhook that adds it be asked before the mesh's "
                    + "(the API server asks them by the names of their configurations), or list the port in the "
                    + "annotation \(RedirectionAnnotations.excludedInboundPorts)"
            }
        }
    }
}

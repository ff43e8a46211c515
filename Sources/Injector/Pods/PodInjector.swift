public import MeshModel

/// Gives pods their sidecars: a pod, its namespace and the mesh's configuration in, a patch out.
///
/// It makes no request, keeps nothing, and draws no random number: the same pod gets the same patch, also on a dry run,
/// and of a pod that was injected only the order is kept.
public struct PodInjector: Sendable {
    private let settings: InjectionSettings
    /// What is the same for all pods.
    private let template: Result<BootstrapTemplate, any Error>
    /// The script of pods that exclude nothing, written already.
    private let plainScript: JSONValue

    /// An injector.
    public init(settings: InjectionSettings) {
        self.settings = settings
        // Kubernetes fills in the names.
        let bootstrap = BootstrapSettings(
            nodeID: "$(POD_UID)/$(POD_NAME)", nodeCluster: "$(SERVICE_ACCOUNT).$(POD_NAMESPACE)",
            controllerNamespace: settings.osmNamespace, families: settings.families)
        template = Result { try BootstrapTemplate(bootstrap) }
        plainScript = Self.script(RedirectionSettings())
    }

    private static func script(_ redirection: RedirectionSettings) -> JSONValue {
        .encoded(JSONValue.string(RedirectionRules(settings: redirection).shellScript).bytes)
    }

    /// What becomes of a pod.
    ///
    /// - Parameters:
    ///   - requestUID: The uid of the API server's request; it becomes the pod's label `osm-proxy-uuid`.
    ///   - namespaceName: The namespace that the pod is created in.
    ///   - namespace: What is known of that namespace; `nil` if nothing is.
    ///   - config: The mesh's configuration in effect.
    public func outcome(
        of pod: SubmittedPod, requestUID: String, namespaceName: String, namespace: Namespace?, config: MeshConfig
    ) -> InjectionOutcome {
        do {
            guard try InjectionRule.wantsSidecar(pod, in: namespaceName, namespace, settings), let namespace else {
                return .unchanged
            }
            return try inject(pod, requestUID, namespace, config)
        } catch let refusal as InjectionRefusal {
            return .denied(refusal.message)
        } catch {
            return .denied("pod \(namespaceName)/\(pod.name) cannot be given a sidecar: \(error)")
        }
    }

    private func inject(
        _ pod: SubmittedPod, _ uid: String, _ namespace: Namespace, _ config: MeshConfig
    ) throws -> InjectionOutcome {
        let name = "pod \(namespace.metadata.name)/\(pod.name)"
        guard !pod.isForWindows else {
            throw InjectionRefusal(
                message: "\(name) is for Windows nodes, where there are no sidecars yet: annotate it with "
                    + "\(MeshLabels.sidecarInjection): disabled to run it outside the mesh")
        }
        switch try PodMarks(pod, settings).state(of: name) {
        case .injected: return Reinvocation(pod, redirection(pod, config).settings).outcome
        case .none: break
        }
        let (redirection, problems) = redirection(pod, config)
        guard problems.isEmpty else {
            throw InjectionRefusal(
                message: "\(name): " + problems.map { "\($0.path): \($0.message)" }.joined(separator: "; "))
        }
        let wantsMetrics = try InjectionRule.wantsMetrics(namespace)
        let images = try Images(settings, config, name)

        var patch = JSONPatch()
        var probes = ProbeRewriting()
        for (place, container) in pod.running { probes.take(container, at: place) }
        // Before the containers move.
        probes.apply(to: &patch)
        let isNative = settings.hasNativeSidecars || pod.hasNativeSidecars
        let containers = SidecarContainers(settings: settings, config: config, areNative: isNative)
        let requests = probes.requests
        let proxy = containers.proxy(
            image: images.envoy, bootstrap: try template.get().text(requests), workload: pod.workload,
            kinds: Probe.Kind.allCases.filter { kind in requests.contains { $0.kind == kind } })
        let helper: JSONValue? =
            probes.needsHelper || !isNative
            ? containers.helper(
                image: try images.helper(), endsWithWorkload: !isNative && pod.endsByItself) : nil
        let redirecting = try script(redirection).map {
            containers.initContainer(image: try images.initial(), script: $0)
        }
        place(redirecting, proxy, helper, in: pod, isNative: isNative, &patch)
        label(pod, uid, wantsMetrics: wantsMetrics, isNative: isNative, &patch)
        let warnings = PodWarnings(pod, excluding: redirection.excludedInboundPorts).list + probes.warnings
        return .patched(patch: patch.bytes, warnings: warnings)
    }

    /// What of the pod's traffic goes through the sidecar, and mistakes in its annotations and the mesh's lists.
    private func redirection(
        _ pod: SubmittedPod, _ config: MeshConfig
    ) -> (settings: RedirectionSettings, problems: [Problem]) {
        let traffic = config.traffic
        let lists = MeshRedirectionLists(
            outboundPorts: traffic.outboundPortExclusionList, inboundPorts: traffic.inboundPortExclusionList,
            excludedRanges: traffic.outboundIPRangeExclusionList,
            includedRanges: traffic.outboundIPRangeInclusionList, interfaces: traffic.networkInterfaceExclusionList)
        return RedirectionSettings.reading(
            mesh: lists, podAnnotations: pod.metadata.annotations ?? [:],
            reachesApplicationAtPodIP: config.sidecar.localProxyMode == .podIP)
    }

    /// The script of the init container; `nil` where a plugin redirects.
    private func script(_ redirection: RedirectionSettings) -> JSONValue? {
        guard settings.redirection == .initContainer else { return nil }
        return redirection == RedirectionSettings() ? plainScript : Self.script(redirection)
    }

    private func place(
        _ redirecting: JSONValue?, _ proxy: JSONValue, _ helper: JSONValue?, in pod: SubmittedPod, isNative: Bool,
        _ patch: inout JSONPatch
    ) {
        let initial = [redirecting].compactMap(\.self)
        let running = [proxy, helper].compactMap(\.self)
        if isNative {
            insert(initial + running, first: true, at: "initContainers", of: pod.spec.initContainers?.count, &patch)
        } else {
            // Once connections are redirected no init container would reach anybody: it is the last.
            insert(initial, first: false, at: "initContainers", of: pod.spec.initContainers?.count, &patch)
            insert(running, first: true, at: "containers", of: pod.spec.containers.count, &patch)
        }
        insert([SidecarContainers.volume], first: false, at: "volumes", of: pod.spec.volumes?.count, &patch)
    }

    private func insert(
        _ elements: [JSONValue], first: Bool, at field: String, of count: Int?, _ patch: inout JSONPatch
    ) {
        guard !elements.isEmpty else { return }
        guard count != nil else { return patch.add(["spec", field], .array(elements)) }
        for (index, element) in elements.enumerated() {
            patch.add(["spec", field, first ? "\(index)" : "-"], element)
        }
    }

    private func label(
        _ pod: SubmittedPod, _ uid: String, wantsMetrics: Bool, isNative: Bool, _ patch: inout JSONPatch
    ) {
        if pod.metadata.labels == nil { patch.add(["metadata", "labels"], .object([])) }
        patch.add(["metadata", "labels", MeshLabels.proxyUUID], .string(uid))
        var annotations: [(String, String)] = []
        if wantsMetrics {
            annotations = [
                ("prometheus.io/scrape", "true"), ("prometheus.io/port", "\(ProxyPorts.metrics)"),
                ("prometheus.io/path", "/stats/prometheus"),
            ]
        }
        // What kubectl shows and enters when it is told no container.
        let preferred = "kubectl.kubernetes.io/default-container"
        if !isNative, pod.metadata.annotations?[preferred] == nil,
            let application = pod.spec.containers.first
        {
            annotations.append((preferred, application.name))
        }
        guard !annotations.isEmpty else { return }
        if pod.metadata.annotations == nil { patch.add(["metadata", "annotations"], .object([])) }
        for (name, value) in annotations { patch.add(["metadata", "annotations", name], .string(value)) }
    }
}

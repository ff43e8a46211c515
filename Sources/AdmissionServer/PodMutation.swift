public import Injector
public import MeshModel

/// Gives pods their sidecar: a pure function of the request and of what the mesh says.
public protocol PodMutation: Sendable {
    /// A pod as it is sent.
    associatedtype Pod: Decodable & Sendable

    /// What becomes of a pod.
    ///
    /// - Parameters:
    ///   - requestUID: Names the request.
    ///   - namespaceName: Where the pod is created.
    ///   - namespace: That namespace; `nil` if it is not known as a part of the mesh.
    ///   - config: The mesh's configuration.
    func outcome(
        of pod: Pod, requestUID: String, namespaceName: String, namespace: Namespace?, config: MeshConfig
    ) -> InjectionOutcome
}

extension PodInjector: PodMutation {}

extension Webhook {
    /// How long a pod waits for its namespace: the API server, which read the namespace's label before it asked, may be
    /// ahead of this process.
    public static let podPatience = Duration.seconds(2)

    /// Changes pods as they are created, at `/mutate-pod-creation`.
    ///
    /// It never lets a pod through because something is missing: such a pod would be outside the mesh for all its life.
    /// It is asked about the mesh's namespaces only; one that it does not know as such was labelled a moment ago.
    ///
    /// - Parameter limit: How long a pod waits for its namespace to show up as a part of the mesh.
    public static func podCreation(
        _ mutation: some PodMutation, facts: some AdmissionFacts, waitingAtMost limit: Duration = Webhook.podPatience
    ) -> Webhook {
        Webhook(name: "injector", path: "/mutate-pod-creation", of: type(of: mutation).createdType) { request in
            await decision(request, mutation, facts, limit)
        }
    }

    private static func decision<Mutation: PodMutation>(
        _ request: AdmissionRequest<CreatedPod<Mutation.Pod>>, _ mutation: Mutation, _ facts: some AdmissionFacts,
        _ limit: Duration
    ) async -> AdmissionDecision {
        guard request.kind.group.isEmpty, request.kind.kind == "Pod" else {
            return .refused(
                400, "BadRequest", "this webhook is for pods, not for \(request.kind.kind): correct its rules")
        }
        guard request.operation == "CREATE" else { return .admitted }
        let pod: CreatedPod<Mutation.Pod>
        switch request.object {
        case .object(let object): pod = object
        case .absent: return .refused(400, "BadRequest", "the request has no pod")
        case .unreadable(let problem): return .refused(422, "Invalid", "the pod cannot be read: \(problem)", [problem])
        }
        let name = request.namespace
        var namespace = await facts.meshNamespace(name, waitingAtMost: .zero)
        if namespace == nil || facts.meshConfig == nil {
            if let decision = mutation.decision(of: pod, request.uid, anywhereLike: name) { return decision }
            namespace = await facts.meshNamespace(name, waitingAtMost: limit)
        }
        guard let namespace, let config = facts.meshConfig else {
            return .refused(
                503, "ServiceUnavailable",
                "the controller of the mesh does not know yet that namespace \(name) is part of it, as the API server "
                    + "does: try again in a moment")
        }
        switch mutation.outcome(
            of: pod.pod, requestUID: request.uid, namespaceName: name, namespace: namespace, config: config)
        {
        case .unchanged: return .admitted
        case .patched(let patch, let warnings): return AdmissionDecision(warnings: warnings, patch: patch)
        case .denied(let message): return .refused(403, "Forbidden", message)
        }
    }
}

extension PodMutation {
    fileprivate static var createdType: CreatedPod<Pod>.Type { CreatedPod<Pod>.self }

    /// What becomes of a pod whatever is known of its namespace; `nil` if that depends on it.
    fileprivate func decision(
        of pod: CreatedPod<Pod>, _ requestUID: String, anywhereLike name: String
    ) -> AdmissionDecision? {
        // A pod that wants no sidecar has none in any namespace.
        if pod.says == false { return .admitted }
        switch outcome(of: pod.pod, requestUID: requestUID, namespaceName: name, namespace: nil, config: .absent) {
        case .unchanged: return .admitted
        // An annotation without a meaning is the pod's own mistake; what else is missing may still show up.
        case .denied(let message): return pod.saysNonsense ? .refused(403, "Forbidden", message) : nil
        case .patched: return nil
        }
    }
}

/// A pod with what it says itself about having a sidecar.
struct CreatedPod<Pod: Decodable & Sendable>: Decodable, Sendable {
    let pod: Pod
    /// What its annotation `openservicemesh.io/sidecar-injection` says; `nil` without one.
    let says: Bool?
    /// Whether that annotation has no meaning.
    let saysNonsense: Bool

    private struct Metadata: Decodable { let annotations: [String: String]? }
    private enum Key: String, CodingKey { case metadata }

    init(from decoder: any Decoder) throws {
        pod = try Pod(from: decoder)
        let metadata = try decoder.container(keyedBy: Key.self).decodeIfPresent(Metadata.self, forKey: .metadata)
        let text = metadata?.annotations?[MeshLabels.sidecarInjection]
        says = text.flatMap { MeshLabels.switchPosition($0) }
        saysNonsense = text != nil && says == nil
    }
}

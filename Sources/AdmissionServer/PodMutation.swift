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
        Webhook(name: "injector", path: "/mutate-pod-creation", of: type(of: mutation).podType) { request in
            await decision(request, mutation, facts, limit)
        }
    }

    private static func decision<Mutation: PodMutation>(
        _ request: AdmissionRequest<Mutation.Pod>, _ mutation: Mutation, _ facts: some AdmissionFacts, _ limit: Duration
    ) async -> AdmissionDecision {
        guard request.kind.group.isEmpty, request.kind.kind == "Pod" else {
            return .refused(
                400, "BadRequest", "this webhook is for pods, not for \(request.kind.kind): correct its rules")
        }
        guard request.operation == "CREATE" else { return .admitted }
        let pod: Mutation.Pod
        switch request.object {
        case .object(let object): pod = object
        case .absent: return .refused(400, "BadRequest", "the request has no pod")
        case .unreadable(let problem): return .refused(422, "Invalid", "the pod cannot be read: \(problem)", [problem])
        }
        let name = request.namespace
        let namespace = await facts.meshNamespace(name, waitingAtMost: limit)
        guard let namespace, let config = facts.meshConfig else {
            return .refused(
                503, "ServiceUnavailable",
                "the controller of the mesh does not know yet that namespace \(name) is part of it, as the API server "
                    + "does: try again in a moment")
        }
        switch mutation.outcome(
            of: pod, requestUID: request.uid, namespaceName: name, namespace: namespace, config: config)
        {
        case .unchanged: return .admitted
        case .patched(let patch, let warnings): return AdmissionDecision(warnings: warnings, patch: patch)
        case .denied(let message): return .refused(403, "Forbidden", message)
        }
    }
}

extension PodMutation {
    fileprivate static var podType: Pod.Type { Pod.self }
}

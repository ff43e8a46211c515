internal import MeshModel

extension Webhook {
    /// Checks the objects that users write for the mesh, at `/validate`.
    ///
    /// An object that could have no effect at all is refused with every problem. What the mesh leaves out of an object,
    /// and what only other objects show, is a warning: a webhook sees the other objects as they were, so what they
    /// decide is a condition of the object's status and no reason to refuse it.
    public static func policies(facts: some AdmissionFacts) -> Webhook {
        Webhook(name: "validator", path: "/validate", of: PolicyObject.self) { PolicyValidation.decision($0, facts) }
    }
}

/// The rules of the validating webhook.
enum PolicyValidation {
    static func decision(_ request: AdmissionRequest<PolicyObject>, _ facts: some AdmissionFacts) -> AdmissionDecision {
        // Whatever is wrong with an object, it can be deleted.
        guard request.operation == "CREATE" || request.operation == "UPDATE" else { return .admitted }
        let object: PolicyObject
        switch request.object {
        case .object(let value): object = value
        case .absent: return .refused(400, "BadRequest", "the request has no object")
        case .unreadable(let problem):
            return .refused(422, "Invalid", "the object cannot be read: \(problem)", [problem])
        }
        if request.operation == "UPDATE", isUntouched(object, request) { return .admitted }
        switch object.content {
        case .unknown:
            return .refused(
                400, "BadRequest",
                "this webhook does not know \(request.kind.kind) of \(request.kind.group)/\(request.kind.version): "
                    + "correct its rules")
        case .unreadable(let kind, let problem): return decision(request, kind, [problem])
        case .rootCertificate(.failure(let error)): return refusal(request, [error.problem])
        case .rootCertificate(.success(let root)): return decision(request, root)
        case .read(let read):
            let problems = read.validate()
            guard problems.isEmpty else { return decision(request, type(of: read).kind, problems) }
            return AdmissionDecision(warnings: conflicts(of: read, facts))
        }
    }

    /// Whether an edit leaves what the object says as it was: such as one of labels or finalizers, which must always be
    /// possible, also where the object was stored before this webhook was there.
    private static func isUntouched(_ object: PolicyObject, _ request: AdmissionRequest<PolicyObject>) -> Bool {
        guard case .object(let old) = request.oldObject else { return false }
        return object.isBeingDeleted || object.spec == old.spec
    }

    private static func decision(
        _ request: AdmissionRequest<PolicyObject>, _ kind: ObjectKind, _ problems: [Problem]
    ) -> AdmissionDecision {
        if kind == .meshConfig {
            return AdmissionDecision(warnings: problems.map { "\($0); this field has no effect" })
        }
        // One refusal says everything that is wrong.
        let grave = problems.filter { !Leniency.allows($0, in: kind) }
        if !grave.isEmpty { return refusal(request, grave + problems.filter { Leniency.allows($0, in: kind) }) }
        return AdmissionDecision(
            warnings: problems.map { "\($0); the object is stored, and has no effect until that is corrected" })
    }

    /// Refuses an object for what is wrong with it.
    ///
    /// - Parameter verdict: What becomes of an object with such problems.
    static func refusal(
        _ request: AdmissionRequest<PolicyObject>, _ problems: [Problem], verdict: String = "would have no effect"
    ) -> AdmissionDecision {
        let listed = problems.prefix(AdmissionDecision.mostCauses).map { "\($0)" }.joined(separator: "; ")
        let more = problems.count - AdmissionDecision.mostCauses
        let message = "\(request.description) \(verdict): \(listed)\(more > 0 ? "; and \(more) more" : "")"
        return AdmissionDecision(
            refusal: .init(
                code: 422, reason: "Invalid", message: message, causes: problems,
                object: .init(name: request.name, group: request.kind.group, kind: request.kind.kind)))
    }

    private static func conflicts(of object: any MeshObject, _ facts: some AdmissionFacts) -> [String] {
        let rivals = facts.rivals(of: object).filter { $0 != object.name }
        guard !rivals.isEmpty else { return [] }
        let names = rivals.prefix(5).map(\.description).joined(separator: ", ")
        return [
            "\(names)\(rivals.count > 5 ? " and others" : "") "
                + "\(rivals.count == 1 ? "claims" : "claim") the same: the oldest object holds it, see the status"
        ]
    }
}

/// What the original accepts and puts into effect in some way, and this mesh does not: manifests that were good enough
/// are stored, with a warning, instead of stopping a migration.
enum Leniency {
    /// The fields, in which `[]` stands for any place in a list, and `*` at the end for all below.
    private static let fields: [ObjectKind: Set<String>] = [
        // The original looks at names only; an empty list means as little there.
        .trafficTarget: ["spec.destination.kind", "spec.sources[].kind", "spec.sources", "spec.rules"],
        // Of matches with one name it uses each.
        .httpRouteGroup: ["spec.matches[].name"],
        // Envoy adds the weights up, or refuses.
        .trafficSplit: ["spec.backends[].service"],
        .egress: ["spec.ports[].number", "spec.hosts[]", "spec.sources", "spec.ports"],
        .ingressBackend: ["spec.backends[].tls.sniHosts[]", "spec.backends", "spec.sources"],
        // Envoy passes over words that it does not know.
        .retry: ["spec.retryPolicy.retryOn", "spec.destinations[].kind", "spec.source.kind"],
        // Any other word stands for what the client speaks.
        .extensionService: ["spec.protocol"],
        // Its schema takes every number from 400 to 599, some of which Envoy does not know.
        .upstreamTrafficSetting: [
            "spec.rateLimit.local.http.responseStatusCode", "spec.rateLimit.global.http.responseStatusCode",
            "spec.httpRoutes[].rateLimit.local.responseStatusCode",
        ],
        // Its schema takes any value.
        .telemetry: ["spec.accessLog.openTelemetry.attributes.*"],
    ]

    /// Whether a problem is one that the original lives with.
    static func allows(_ problem: Problem, in kind: ObjectKind) -> Bool {
        let shape = shape(of: problem.path)
        return fields[kind]?.contains { field in
            field.hasSuffix("*") ? shape.hasPrefix(field.dropLast()) : shape == field
        } ?? false
    }

    /// A path without the places in lists.
    private static func shape(of path: String) -> String {
        var shape = ""
        var isInBrackets = false
        for character in path {
            if character == "]" { isInBrackets = false }
            if !isInBrackets { shape.append(character) }
            if character == "[" { isInBrackets = true }
        }
        return shape
    }
}

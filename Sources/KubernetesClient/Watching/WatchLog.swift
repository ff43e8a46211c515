internal import Logging
internal import MeshModel

/// Says what an administrator may want to know of a watch, and counts.
struct WatchLog: Sendable {
    let kind: SourceKind
    let logger: Logger
    let metrics: ClientMetrics

    /// A watch came to an end.
    func restarted(_ reason: String) { metrics.restarted(kind, reason: reason) }

    /// Events of these types were heard.
    func heard(_ types: [String]) {
        var numbers: [String: Int] = [:]
        for type in types { numbers[type, default: 0] += 1 }
        for (type, number) in numbers { metrics.heard(kind, type: type, number) }
    }

    /// Writes the reports of an outcome.
    func write<Object>(_ outcome: WatchState<Object>.Outcome, resource: APIResource) {
        var metadata: Logger.Metadata = [
            "kubernetes.kind": "\(kind.name)", "kubernetes.resource": "\(resource)",
        ]
        for report in outcome.reports {
            switch report {
            case .missing:
                logger.warning(
                    """
                    The API server does not have this kind: it counts as having no objects. Add it with \
                    `kubectl apply -f crds/`; it is found by itself then.
                    """, metadata: metadata)
            case .forbidden(let message):
                metadata["kubernetes.permission"] = "get, list, watch on \(resource.name)"
                metadata["error"] = "\(message)"
                logger.error(
                    "This kind may not be read: grant the permission, see config/rbac. It is tried again.",
                    metadata: metadata)
            case .failing(let message):
                metadata["error"] = "\(message)"
                logger.warning(
                    "The API server cannot be asked for this kind: what is known stays. It is tried again.",
                    metadata: metadata)
            case .recovered: logger.info("The API server answers for this kind again.", metadata: metadata)
            case .unreadable(let name, let problem):
                metrics.unreadable(kind)
                metadata["kubernetes.object"] = "\(name.map(\.description) ?? "unknown")"
                metadata["problem"] = "\(problem)"
                logger.warning("An object cannot be read: it counts as saying nothing.", metadata: metadata)
            }
        }
    }
}

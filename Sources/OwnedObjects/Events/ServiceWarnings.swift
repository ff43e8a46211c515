internal import MeshModel
internal import MeshStatus

/// Tells what is wrong with Services, whose status is Kubernetes' own, by events alone: each once.
struct ServiceWarnings {
    private var told: [ObjectKey: String] = [:]

    /// What has not been told.
    mutating func happenings(_ report: StatusReport) -> [EventRecorder.Happening] {
        var happenings: [EventRecorder.Happening] = []
        var wrong: [ObjectKey: String] = [:]
        for object in report.objects where object.kind == ObjectKind.service.rawValue {
            guard let key = object.key,
                let condition = object.conditions.first(where: { $0.isWrong }),
                let event = ObjectEvent(condition)
            else { continue }
            wrong[key] = event.message
            guard told[key] != event.message else { continue }
            happenings.append(.init(event: event, subject: EventSubject(key, uid: object.uid)))
        }
        told = wrong
        return happenings
    }
}

extension Condition {
    /// Whether the condition tells of something that somebody should do something about.
    fileprivate var isWrong: Bool {
        switch reason {
        case .invalid, .conflicted, .proxyRejected: status == .no && type != .ready
        default: false
        }
    }
}

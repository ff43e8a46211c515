import Incremental
import MeshModel
import MeshPolicy

extension DiagnosisQuery {
    /// What is to say about an object of the kind UpstreamTrafficSetting.
    static func upstreamTrafficSetting(_ name: ObjectName, _ mesh: MeshReader) -> Diagnosis? {
        guard let row = mesh(\.upstreamTrafficSettingByName, name).first else { return nil }
        guard let setting = row.valid else { return Diagnosis(refusals: row.problems) }
        guard let service = setting.service else {
            return Diagnosis(unresolved: SettingReferences.unresolved(ofExternalHost: setting, mesh))
        }
        if let holder = mesh(HoldingSetting.self, service), holder.name != name {
            let message =
                "the older UpstreamTrafficSetting \(holder.name) holds for the Service \(service); this one does nothing"
            return Diagnosis(refusals: [Problem(path: "spec.host", message: message)])
        }
        return Diagnosis(
            unresolved: SettingReferences.unresolved(setting, of: service, mesh)
                + OutboundSettingReferences.unresolved(setting, of: service, mesh))
    }
}

/// What a setting names that is not there, and what of it has no effect.
private enum SettingReferences {
    /// A setting of an external host acts through the Egress that refers to it.
    static func unresolved(ofExternalHost setting: UpstreamTrafficSetting, _ mesh: MeshReader) -> [Problem] {
        var problems: [Problem] = []
        if mesh(\.egressesBySetting, setting.name).isEmpty {
            let message =
                "`\(setting.host)` is no Service of this namespace, and no Egress refers to this setting: it does nothing"
            problems.append(Problem(path: "spec.host", message: message))
        }
        let rest = "has no effect on an external host: an Egress connects by connectionSettings alone"
        for (field, isSet) in [
            ("outlierDetection", setting.outlierDetection != nil), ("healthCheck", setting.healthCheck != nil),
            ("loadBalancing", setting.loadBalancing != nil), ("retryBudget", setting.retryBudget != nil),
        ] where isSet { problems.append(Problem(path: "spec.\(field)", message: rest)) }
        let message = "limits what Services of the mesh take; \(setting.host) is none of this namespace"
        if setting.rateLimit?.isSet == true { problems.append(Problem(path: "spec.rateLimit", message: message)) }
        if !setting.httpRoutes.isEmpty { problems.append(Problem(path: "spec.httpRoutes", message: message)) }
        return problems
    }

    static func unresolved(
        _ setting: UpstreamTrafficSetting, of service: ObjectName, _ mesh: MeshReader
    ) -> [Problem] {
        guard let facts = mesh(MeshService.self, service) else {
            return [Problem(path: "spec.host", message: "there is no Service \(service) in the mesh")]
        }
        var problems: [Problem] = []
        if mesh(HoldingSplit.self, service) != nil {
            let message =
                "holds at the pods of the Service \(service) only, not at those of the backends of its TrafficSplit: "
                + "connections do not name it there"
            for (path, isSet) in [
                ("spec.rateLimit.local.tcp", setting.rateLimit?.local?.tcp != nil),
                ("spec.rateLimit.global.tcp", setting.rateLimit?.global?.tcp != nil),
            ] where isSet { problems.append(Problem(path: path, message: message)) }
            for conflict in mesh(LimitConflicts.self, service) {
                let message =
                    "does not hold at the backend \(conflict.backend), where the setting of \(conflict.decisive) says "
                    + "which service is asked and how: write the same rateLimitService, timeout, failOpen, "
                    + "enableXRateLimitHeaders and responseStatusCode in both"
                problems.append(Problem(path: "spec.rateLimit.global.http", message: message))
            }
        }
        guard !facts.ports.contains(where: { $0.wireProtocol == .http }) else { return problems }
        let message = "limits requests, but no port of the Service \(service) is HTTP"
        for (path, isSet) in [
            ("spec.rateLimit.local.http", setting.rateLimit?.local?.http != nil),
            ("spec.rateLimit.global.http", setting.rateLimit?.global?.http != nil),
            ("spec.httpRoutes", !setting.httpRoutes.isEmpty),
        ] where isSet { problems.append(Problem(path: path, message: message)) }
        return problems
    }
}

extension UpstreamTrafficSetting.RateLimit {
    /// Whether there is any limit.
    fileprivate var isSet: Bool {
        local?.tcp != nil || local?.http != nil || global?.tcp != nil || global?.http != nil
    }
}

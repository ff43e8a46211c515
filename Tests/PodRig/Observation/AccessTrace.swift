import Foundation

/// Finds in the access logs of the pods who decided a call.
struct AccessTrace {
    private let marker: String
    private let address: String
    private let pods: [RunningPod]
    private let starts: [String: Int]

    /// Begins before the call is made.
    ///
    /// - Parameters:
    ///   - marker: what the call's path has and no other's.
    ///   - address: IP and port that the call goes to.
    init(marker: String, address: String, pods: [RunningPod]) {
        self.marker = marker
        self.address = address
        self.pods = pods
        for pod in pods { pod.accessLog.refresh() }
        starts = Dictionary(uniqueKeysWithValues: pods.map { ($0.name, $0.accessLog.lines.count) })
    }

    /// Who decided, as the logs tell within a second; `nil` if they do not tell.
    ///
    /// - Parameters:
    ///   - last: whose log is looked at where no server's tells of the request, and what to call it.
    ///   - text: a text of the decision that is waited for; another one is returned if it does not come.
    func decision(at last: (pod: RunningPod, name: String), expecting text: String?) -> String? {
        let start = ContinuousClock.now
        while true {
            let decision = decisionSoFar(at: last)
            let isIt = decision.map { decision in text.map { decision.contains($0) } ?? true } ?? false
            if isIt || Interruption.isRequested || start.duration(to: .now) > .seconds(1) { return decision }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    private func decisionSoFar(at last: (pod: RunningPod, name: String)) -> String? {
        for pod in pods {
            pod.accessLog.refresh()
            guard let line = lines(of: pod).last(where: { $0.isInbound && $0.path?.contains(marker) ?? false }) else {
                continue
            }
            if let policy = line.decidingPolicy { return policy }
            let details = line.responseDetails ?? "?"
            let isAnswered = ["1", "2"].contains(line["response_code"]?.prefix(1)) && !details.contains("rbac")
            return isAnswered ? "permissive mode" : "\(pod.name)'s proxy: \(details)"
        }
        for line in lines(of: last.pod).reversed() {
            if line.path?.contains(marker) ?? false, let details = line.responseDetails, line["upstream_host"] == nil {
                return "\(last.name): \(details)"
            }
            if let reason = line["reason"], line["original_destination"] == address {
                return "\(last.name): \(address) \(reason)"
            }
        }
        return nil
    }

    private func lines(of pod: RunningPod) -> ArraySlice<LogFields> {
        pod.accessLog.lines[(starts[pod.name] ?? 0)...]
    }
}

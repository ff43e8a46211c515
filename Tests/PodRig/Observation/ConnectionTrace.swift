import Foundation

/// Finds in the access log of a server's proxy who decided a TCP connection.
///
/// A connection is logged when it has ended.
struct ConnectionTrace {
    private let pod: RunningPod
    private let start: Int

    /// Begins before the connection is made.
    init(at pod: RunningPod) {
        self.pod = pod
        pod.accessLog.refresh()
        start = pod.accessLog.lines.count
    }

    /// The first line that is as wanted, if there is one within two seconds.
    func line(where isWanted: (LogFields) -> Bool) -> LogFields? {
        let start = ContinuousClock.now
        while true {
            pod.accessLog.refresh()
            if let line = pod.accessLog.lines[self.start...].first(where: isWanted) { return line }
            if Interruption.isRequested || start.duration(to: .now) > .seconds(2) { return nil }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    /// The policy that allowed a connection of a peer with an identity of this account.
    func policy(allowing account: String) -> String? {
        line { $0["peer"]?.contains("/\(account)/") ?? false }.flatMap { $0.decidingPolicy ?? "no policy named" }
    }

    /// What a client's own proxy says of a connection to an address that leads nowhere.
    func refusal(of address: String) -> String? {
        line { $0["original_destination"] == address && $0["reason"] != nil }
            .map { "its own proxy: \(address) \($0["reason"] ?? "")" }
    }
}

extension RunningPod {
    /// How many connections its application has accepted, over restarts.
    func acceptedConnections() -> Int {
        var log = LogTail(path: applicationLog)
        return log.newLines().count { LogFields(line: $0)?["event"] == "accepted" }
    }
}

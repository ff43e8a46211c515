import Foundation

/// Waits for an effect by looking for it again and again.
enum Waiting {
    /// Returns what `look` finds, as soon as it finds something.
    ///
    /// - Parameters:
    ///   - what: what is waited for, for the error.
    ///   - limit: how long to wait; generous, since the machine may be busy.
    ///   - pause: the time between two looks.
    ///   - explanation: what helps to see why it did not come.
    ///   - look: returns `nil` while it is not there yet.
    /// - Throws: `RigError` with the code `timeout` or `interrupted`, or what `look` throws.
    static func until<Value>(
        _ what: @autoclosure () -> String, within limit: Duration = .seconds(30),
        pause: Duration = .milliseconds(50), explanation: () -> String = { "" }, _ look: () throws -> Value?
    ) throws -> Value {
        let start = ContinuousClock.now
        while true {
            try Interruption.check()
            if let value = try look() { return value }
            guard start.duration(to: .now) < limit else {
                let reason = explanation()
                let message = "waited \(limit) for \(what()) in vain\(reason.isEmpty ? "" : ":\n\(reason)")"
                throw RigError(.timeout, message)
            }
            Thread.sleep(forTimeInterval: pause / .seconds(1))
        }
    }
}

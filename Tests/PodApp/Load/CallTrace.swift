import Foundation
import Synchronization

/// Names for requests, by which they are found in the logs of others.
final class CallTrace: Sendable {
    private let prefix = String(UInt32.random(in: .min ... .max), radix: 16)
    private let count = Atomic<Int>(0)

    /// The next name, different from those of all other programs.
    func next() -> String { "\(prefix)-\(count.add(1, ordering: .relaxed).newValue)" }

    private struct Failed: Encodable {
        let t = JSONLine.timestamp()
        let call: String
        let failed: String
    }

    /// Writes down a request that failed, and how.
    static func report(_ call: String, _ how: String) { try? JSONLine.write(Failed(call: call, failed: how)) }
}

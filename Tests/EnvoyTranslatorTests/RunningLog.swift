import Logging
import Synchronization

/// Keeps what the control plane logs.
final class RunningLog: Sendable {
    /// A line of the log.
    struct Line: Sendable {
        let message: String
        let metadata: [String: String]

        /// A number in the metadata; 0 if it is none.
        func number(_ key: String) -> Int { metadata[key].flatMap { Int($0) } ?? 0 }
    }

    private struct Handler: LogHandler {
        let log: RunningLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues(\.description)
            log.lines.withLock { $0.append(Line(message: event.message.description, metadata: all)) }
        }
    }

    private let lines = Mutex<[Line]>([])

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    /// How many lines there are.
    var count: Int { lines.withLock { $0.count } }

    /// The lines whose message starts with a text, those before a number left out.
    func lines(_ message: String, from start: Int = 0) -> [Line] {
        lines.withLock { $0.dropFirst(start).filter { $0.message.hasPrefix(message) } }
    }

    /// The acknowledged responses.
    func acknowledged(from start: Int = 0) -> [Line] { lines("update acknowledged", from: start) }

    /// Every refusal, of a response or of a single resource.
    func refused(from start: Int = 0) -> [Line] {
        lines("update refused", from: start) + lines("resource refused", from: start)
    }
}

public import Logging
internal import Synchronization

/// Keeps what is logged.
public final class LogRecorder: Sendable {
    /// A line of the log.
    public struct Line: Sendable {
        /// The message.
        public let message: String
        /// The metadata, that of the logger and that of the line.
        public let metadata: [String: String]
        /// How loud it is.
        public let level: Logger.Level

        /// A number in the metadata; `nil` if there is none.
        public func number(_ key: String) -> Int? { metadata[key].flatMap { Int($0) } }
    }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues(\.description)
            recorder.lines.withLock {
                $0.append(Line(message: event.message.description, metadata: all, level: event.level))
            }
        }
    }

    private let lines = Mutex<[Line]>([])

    /// A recorder of nothing yet.
    public init() {}

    /// The logger whose lines are kept, at the level debug.
    public var logger: Logger { Logger(label: "test") { _ in Handler(recorder: self) } }

    /// How many lines there are.
    public var count: Int { lines.withLock { $0.count } }

    /// The lines whose message starts with a text, those before a number left out.
    public func lines(_ message: String, from start: Int = 0) -> [Line] {
        lines.withLock { $0.dropFirst(start).filter { $0.message.hasPrefix(message) } }
    }
}

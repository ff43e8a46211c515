import FoundationEssentials
import Glibc
import Logging

/// Writes each log line as one JSON object: `time` (RFC 3339 with milliseconds), `level`, `message`, then the
/// metadata by their keys, sorted.
struct JSONLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    /// The level of this logger alone, if it was set.
    private var ownLevel: Logger.Level?
    private let control: LogControl

    /// A handler whose level is the process's.
    init(_ control: LogControl) { self.control = control }

    /// A handler of a fixed level.
    init(level: Logger.Level) { self.init(LogControl(level)) }

    var logLevel: Logger.Level {
        get { ownLevel ?? control.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        guard !control.isSilent else { return }
        var fields = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues(\.description)
        for (key, value) in ["level": event.level.rawValue, "message": event.message.description] {
            fields[key] = value
        }
        let time = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        let rest = fields.filter { $0.key != "message" && $0.key != "level" }.sorted { $0.key < $1.key }
        let head = [("time", time), ("level", fields["level"] ?? ""), ("message", fields["message"] ?? "")]
        let line = (head + rest.map { ($0.key, $0.value) })
            .map { "\(Self.quoted($0)):\(Self.quoted($1))" }.joined(separator: ",")
        // One write per line: lines of several threads do not mix.
        var text = "{\(line)}\n"
        text.withUTF8 { bytes in _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

internal import Logging

/// Writes what libraries log as debug lines of a console.
struct ConsoleLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug
    let console: Console

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        console.debug(([event.message.description] + fields.map { "\($0.key)=\($0.value)" }).joined(separator: " "))
    }
}

extension Console {
    /// A logger that writes debug lines, if they are wanted.
    var logger: Logger {
        Logger(label: "osm") { _ in ConsoleLogHandler(console: self) }
    }
}

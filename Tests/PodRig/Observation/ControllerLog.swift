import Foundation

/// What the controller tells in its log, from which the demo learns what became of an edit.
struct ControllerLog {
    /// Something that happened.
    enum Event {
        case published(Batch)
        case acknowledged(Acknowledgement)
        case connected(proxy: String)
        case serving
        /// A line that the rig knows nothing of.
        case other(LogFields)
    }

    /// Changes that were compiled and published together.
    struct Batch {
        let revision: Int
        let changes: Int
        let evaluations: Int
        /// How many resources were made anew.
        let translated: Int
    }

    /// A proxy has taken a response.
    struct Acknowledgement {
        /// `namespace/pod`.
        let proxy: String
        /// The kind of resource, such as `RouteConfiguration`.
        let type: String
        let revision: Int
        let resources: Int
        let removed: Int
        let bytes: Int
        let time: Date
    }

    /// Every event so far, in the order of the log.
    private(set) var events: [Event] = []
    private var tail: LogTail

    init(path: String) { tail = LogTail(path: path) }

    /// How many events there are: what comes later has a greater index.
    var count: Int { events.count }

    /// Reads what is new.
    mutating func refresh() {
        events += tail.newLines().compactMap { LogFields(line: $0) }.map(ControllerLog.event)
    }

    /// The batches from an event on.
    func batches(from index: Int) -> [Batch] {
        events[index...].compactMap { if case .published(let batch) = $0 { batch } else { nil } }
    }

    /// The acknowledgements from an event on.
    func acknowledgements(from index: Int) -> [Acknowledgement] {
        events[index...].compactMap { if case .acknowledged(let value) = $0 { value } else { nil } }
    }

    /// The proxies that connected from an event on.
    func connections(from index: Int) -> Set<String> {
        Set(events[index...].compactMap { if case .connected(let proxy) = $0 { proxy } else { nil } })
    }

    /// Whether it listens, by an event from an index on.
    func isServing(from index: Int) -> Bool {
        events[index...].contains { if case .serving = $0 { true } else { false } }
    }

    /// Whether one line from an event on has all these texts.
    func mentions(_ texts: [String], from index: Int) -> Bool {
        events[index...].contains { event in
            guard case .other(let fields) = event else { return false }
            return texts.allSatisfy { fields.mentions($0) }
        }
    }

    private static func event(_ fields: LogFields) -> Event {
        switch fields["message"] {
        case "serving": .serving
        case "proxy connected": .connected(proxy: fields["proxy"] ?? "")
        case "batch published":
            .published(
                Batch(
                    revision: fields.number("batch.revision") ?? 0, changes: fields.number("batch.changes") ?? 0,
                    evaluations: fields.number("batch.evaluations") ?? 0,
                    translated: fields.number("batch.translated") ?? 0))
        case "update acknowledged":
            .acknowledged(
                Acknowledgement(
                    proxy: fields["proxy"] ?? "", type: fields["type"] ?? "",
                    revision: fields.number("revision") ?? 0, resources: fields.number("resources") ?? 0,
                    removed: fields.number("removed") ?? 0, bytes: fields.number("bytes") ?? 0,
                    time: fields.time("time") ?? .distantPast))
        default: .other(fields)
        }
    }
}

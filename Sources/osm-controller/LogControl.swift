import Logging
import MeshModel
import Synchronization

/// How much the process logs; it can change while it runs.
final class LogControl: Sendable {
    private struct State {
        var level: Logger.Level
        var isSilent = false
    }

    private let initial: Logger.Level
    private let state: Mutex<State>

    /// - Parameter level: What holds until the mesh's configuration says something else.
    init(_ level: Logger.Level) {
        initial = level
        state = Mutex(State(level: level))
    }

    /// The least important level that is logged.
    var level: Logger.Level { state.withLock(\.level) }

    /// Whether nothing is logged.
    var isSilent: Bool { state.withLock(\.isSilent) }

    /// Takes the level from the mesh's configuration; where it names none, that of the start holds.
    func configure(_ observability: MeshConfig.Observability) {
        let word = observability.osmLogLevel
        let level: Logger.Level =
            switch word {
            case "": initial
            // The original's words that are none of ours.
            case "warn": .warning
            case "fatal", "panic", "disabled": .critical
            default: Logger.Level(rawValue: word) ?? initial
            }
        state.withLock { $0 = State(level: level, isSilent: word == "disabled") }
    }
}

import MeshCLI
import Synchronization

/// What a command line wrote, and how it ended.
struct Transcript {
    let out: String
    let error: String
    let status: Int32

    /// Runs a command line in this process.
    ///
    /// - Parameters:
    ///   - arguments: The words after `osm`.
    ///   - answers: The lines that are typed.
    static func of(_ arguments: [String], answers: [String] = []) async -> Transcript {
        let recording = Recording(answers: answers)
        let status = await OSMCommand.execute(arguments, console: recording.console)
        return recording.transcript(status: status)
    }
}

/// A console that keeps what is written.
private final class Recording: Sendable {
    private struct State {
        var out = ""
        var error = ""
        var answers: [String]
    }

    private let state: Mutex<State>

    init(answers: [String]) { state = Mutex(State(answers: answers.reversed())) }

    var console: Console {
        Console(
            isTerminal: false, hasColour: false,
            out: { text in self.state.withLock { $0.out += text } },
            error: { text in self.state.withLock { $0.error += text } },
            answer: { self.state.withLock { $0.answers.popLast() } })
    }

    func transcript(status: Int32) -> Transcript {
        state.withLock { Transcript(out: $0.out, error: $0.error, status: status) }
    }
}

import BenchReport
import Synchronization

/// The figures of this run.
enum Report {
    private static let missed = Mutex(0)

    /// Whether every goal was met so far.
    static var isGood: Bool { missed.withLock { $0 == 0 } }

    /// Prints a figure.
    static func tell(_ figure: Figure) {
        if figure.ok == false { missed.withLock { $0 += 1 } }
        figure.emit()
    }
}

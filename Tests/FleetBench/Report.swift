import BenchReport
import Synchronization

/// The figures of this run.
enum Report {
    private static let missed = Mutex(0)

    /// Whether every goal was met so far.
    static var isGood: Bool { missed.withLock { $0 == 0 } }

    /// Prints a figure; with a limit, one that is to be at most so much.
    static func tell(
        _ scenario: String, _ measure: String, size: Int, _ value: Double, _ unit: String, most: Double? = nil
    ) {
        let goal = most.map { limit in limit.rounded() == limit ? "<= \(Int(limit))" : "<= \(limit)" }
        let figure = Figure(
            scenario: scenario, measure: measure, size: size, value: value, unit: unit, goal: goal)
        if !figure.emit() { missed.withLock { $0 += 1 } }
    }
}

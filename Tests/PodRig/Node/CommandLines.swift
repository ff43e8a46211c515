import Foundation

/// Command lines of `osm`, each with what is expected of it.
final class CommandLines {
    private let run: NodeRun
    private(set) var count = 0

    init(_ run: NodeRun) { self.run = run }

    /// Runs a command line whose output is known.
    func expect(_ words: [String], _ output: String) {
        expect(words, "`\(output)`") { $0.status == 0 && $0.output == output }
    }

    /// Runs a command line of whose output some lines are known; blanks count as one.
    ///
    /// - Parameter isAwaited: Whether it is run again for a while until it is as expected.
    func expect(_ words: [String], status: Int32 = 0, rows: [String], isAwaited: Bool = false) {
        expect(words, "status \(status) and `\(rows.joined(separator: "`, `"))`", isAwaited) { outcome in
            let lines = Set(outcome.output.split(separator: "\n").map(Self.squeezed))
            return outcome.status == status && rows.allSatisfy { lines.contains(Self.squeezed($0[...])) }
        }
    }

    /// Runs a command line that prints JSON, again for a while until what it prints is as expected.
    func expect<Value: Decodable>(_ words: [String], _ expected: String, inJSON isMet: (Value) -> Bool) {
        expect(words + ["--output", "json"], expected, true) { outcome in
            let value = try? JSONDecoder().decode(Value.self, from: Data(outcome.output.utf8))
            return outcome.status == 0 && value.map(isMet) == true
        }
    }

    /// Runs a command line for its output.
    func output(_ words: [String]) throws -> String {
        count += 1
        return try Command([run.cluster.programs.command] + words + ["--kubeconfig", run.kubectl.kubeconfig])
            .check(environment: Kubectl.environment)
    }

    /// Runs a command line that fails, and of whose complaint the beginning is known.
    func expect(_ words: [String], status: Int32, errors: String) {
        expect(words, "status \(status) and `\(errors)`") {
            $0.status == status && $0.errors.hasPrefix(errors)
        }
    }

    private func expect(
        _ words: [String], _ expected: String, _ isAwaited: Bool = false, _ isMet: (Command.Outcome) -> Bool
    ) {
        count += 1
        var observed = "nothing"
        let limit = ContinuousClock.now + (isAwaited ? .seconds(60) : .zero)
        repeat {
            do {
                let line = [run.cluster.programs.command] + words + ["--kubeconfig", run.kubectl.kubeconfig]
                let outcome = try Command(line).run(environment: Kubectl.environment)
                if isMet(outcome) { return }
                observed = "status \(outcome.status): \(outcome.output)\(outcome.errors)"
            } catch {
                observed = "\(error)"
            }
        } while ContinuousClock.now < limit
        run.object("osm \(words.joined(separator: " ")): expected \(expected), observed \(observed)")
    }

    private static func squeezed(_ text: Substring) -> String { text.split(separator: " ").joined(separator: " ") }
}

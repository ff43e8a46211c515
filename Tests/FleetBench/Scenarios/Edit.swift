import ArgumentParser
import BenchReport

/// How long an edit takes to be in force at proxies that all see it, and what it costs.
struct EditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit", abstract: "From an edit of each kind to the last acknowledgement of many proxies.")

    @OptionGroup var options: SizeOptions
    @Option(help: "How many edits of each kind.") var edits: Int?

    func run() async throws {
        let size = try options.size(proxies: 1_000, services: 1_000, quickly: (50, 50))
        let edits = edits ?? (size.isQuick ? 5 : 30)
        let mesh = MeshShape(services: size.services)
        let crowd = Crowd(size: size.proxies)
        let files = mesh.files.merging(crowd.files) { $1 }
        try await Stage.with(size, files, crowd.podNames) { stage in
            var connected = 0
            var numbers: [Crowd.Edit: Int] = [:]
            for count in [1, 100, size.proxies] where count > connected && count <= size.proxies {
                try await stage.settle(connected..<count)
                connected = count
                for kind in Crowd.Edit.allCases {
                    try await measure(kind, stage, crowd, proxies: count, edits: edits, &numbers[kind, default: 0])
                }
            }
        }
    }

    private func measure(
        _ kind: Crowd.Edit, _ stage: Stage, _ crowd: Crowd, proxies: Int, edits: Int, _ number: inout Int
    ) async throws {
        // The first is not counted: whatever is made once is made.
        number += 1
        _ = try await stage.edit(kind.file, crowd.text(kind, number), reaching: proxies)
        let processor = try stage.controller.processorTime()
        var results: [Stage.Edited] = []
        for _ in 0..<edits {
            number += 1
            results.append(try await stage.edit(kind.file, crowd.text(kind, number), reaching: proxies))
        }
        let used = (try stage.controller.processorTime() - processor) * 1_000 / Double(edits)
        func tell(_ measure: String, _ value: Double, _ unit: String, most: Double? = nil) {
            let name = "\(kind.rawValue): \(measure)"
            Report.tell("edit", name, size: proxies, value, unit, most: most)
        }
        let last = results.map(\.last)
        let goal: Double? = proxies == 1 ? 10 : proxies == 1_000 ? 100 : nil
        tell("to last ACK p50", last.percentile(0.50), "ms")
        tell("to last ACK p99", last.percentile(0.99), "ms", most: goal)
        tell("to last ACK max", last.max() ?? 0, "ms")
        tell("to each ACK p50", results.flatMap(\.delays).percentile(0.50), "ms")
        tell("to publication p50", results.compactMap(\.published).percentile(0.50), "ms")
        let after = results.compactMap { result in result.published.map { result.last - $0 } }
        tell("publication to last ACK p99", after.percentile(0.99), "ms")
        tell("responses per proxy", results.map { Double($0.responses) / Double(proxies) }.average, "count")
        tell("bytes per proxy", results.map { Double($0.bytes) / Double(proxies) }.average, "B")
        tell("evaluations", results.map { Double($0.evaluations) }.average, "count")
        tell("resources translated", results.map { Double($0.translated) }.average, "count")
        tell("controller CPU per edit", used, "ms")
    }
}

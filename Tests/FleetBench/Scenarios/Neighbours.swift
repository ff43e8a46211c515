import ArgumentParser
import BenchReport
import ProxyFleet

/// Whether one proxy that takes nothing and one that refuses everything are felt by others.
struct NeighboursCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "neighbours", abstract: "Edits beside a proxy that does not read and one that refuses everything.")

    @OptionGroup var options: SizeOptions
    @Option(help: "How many edits without and with them.") var edits: Int?

    func run() async throws {
        let size = try options.size(proxies: 1_000, services: 100, quickly: (50, 20))
        guard size.proxies > 2 else { throw ValidationError("--proxies: two of them are the bad ones") }
        let edits = edits ?? (size.isQuick ? 5 : 60)
        let crowd = Crowd(size: size.proxies)
        let files = MeshShape(services: size.services).files.merging(crowd.files) { $1 }
        try await Stage.with(size, files, crowd.podNames) { stage in
            try await stage.settle(0..<size.proxies)
            var number = 0
            func round(_ count: Int) async throws -> [Double] {
                var last: [Double] = []
                for _ in 0..<count {
                    number += 1
                    let edit = Crowd.Edit.split
                    let edited = try await stage.edit(edit.file, crowd.text(edit, number), reaching: size.proxies - 2)
                    last.append(edited.last)
                }
                return last
            }
            _ = try await round(1)
            let alone = try await round(edits)
            try await stage.fleet.stopReading(0..<1)
            try await stage.fleet.refuse(nil, by: 1..<2)
            let before = try await stage.fleet.counts()
            let beside = try await round(edits)
            let after = try await stage.fleet.counts()
            tell("edit to last ACK p50, alone", size, alone.percentile(0.50), "ms")
            tell("edit to last ACK p99, alone", size, alone.percentile(0.99), "ms")
            tell("edit to last ACK p50, beside them", size, beside.percentile(0.50), "ms")
            tell("edit to last ACK p99, beside them", size, beside.percentile(0.99), "ms")
            tell("p50, beside them to alone", size, beside.percentile(0.50) / alone.percentile(0.50), "ratio")
            tell("p99, beside them to alone", size, beside.percentile(0.99) / alone.percentile(0.99), "ratio")
            let strays = zip(before, after).dropFirst(2).filter { before, after in
                after.responses - before.responses != edits || after.allResources - before.allResources != edits
            }
            tell("others sent more or less than one resource per edit", size, Double(strays.count), "count", most: 0)
            tell("refusals of the one that refuses", size, Double(after[1].refusals), "count")
            tell(
                "responses that the one that does not read took", size,
                Double(after[0].responses - before[0].responses), "count")
            tell("streams that ended", size, Double(stage.fleet.tally.totals.ends.values.reduce(0, +)), "count")
        }
    }

    private func tell(_ measure: String, _ size: BenchSize, _ value: Double, _ unit: String, most: Double? = nil) {
        Report.tell("neighbours", measure, size: size.proxies, value, unit, most: most)
    }
}

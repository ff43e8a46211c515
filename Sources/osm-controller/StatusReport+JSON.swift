import FoundationEssentials
import MeshStatus

extension StatusReport {
    /// The report with sorted keys: equal reports have equal bytes.
    var json: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            return Array(try encoder.encode(self)) + Array("\n".utf8)
        }
    }

    /// Reads what ``json`` wrote.
    init(json: [UInt8]) throws { self = try JSONDecoder().decode(StatusReport.self, from: Data(json)) }
}

import MeshModel
import Oracle
import TestInstruments

/// Many calls about one mesh, of which those are taken that tell most.
struct SemanticsChoice {
    /// A call and the rows that it hits.
    struct Candidate {
        let call: SemanticsCall
        let rows: Set<String>
    }

    private let candidates: [Candidate]
    /// The candidates that were not taken, last first, by outcome and row.
    private var places: [Bool: [String: [Int]]] = [true: [:], false: [:]]
    private var isTaken: Set<Int> = []

    /// Makes up candidates.
    init(_ count: Int, about objects: MeshObjects, _ random: inout RandomMesh) {
        var generator = SemanticsCalls(objects)
        let classifier = SemanticRows(oracle: generator.oracle, objects: objects)
        candidates = (0..<count).compactMap { _ in generator.call(&random) }
            .map { Candidate(call: $0, rows: classifier.rows(of: $0)) }
        for (place, candidate) in candidates.enumerated().reversed() {
            for row in candidate.rows { places[candidate.call.isAllowed]?[row, default: []].append(place) }
        }
    }

    /// What such calls would add to what is known: more where they hit rows that were seen less.
    func worth(_ tally: SemanticsTally) -> Double {
        candidates.reduce(into: Set()) { $0.formUnion($1.rows) }.sorted()
            .reduce(0) { $0 + 1 / Double(1 + tally.rows[$1, default: 0]) }
    }

    /// Takes one that hits the row that was seen least, of those that any hits; `nil` if there is none.
    ///
    /// - Parameters:
    ///   - seen: How often each row was seen.
    ///   - outcomes: The kinds of outcome that may be taken.
    mutating func take(_ seen: [String: Int], outcomes: [Bool]) -> Candidate? {
        let rows = SemanticRows.all.sorted { seen[$0, default: 0] < seen[$1, default: 0] }
        for row in rows {
            for outcome in outcomes {
                while let place = places[outcome]?[row]?.popLast() {
                    if isTaken.insert(place).inserted { return candidates[place] }
                }
            }
        }
        return nil
    }
}

/// Counts the edits of objects in manifests, as an API server counts those of specs in `metadata.generation`.
///
/// It knows documents whose `metadata` is written over several lines; others stay as they are.
struct Generations {
    private struct Count {
        var body: [Substring]
        var generation: Int
    }

    private static let line = "  generation: "
    private var counts: [[Substring]: Count] = [:]

    /// The text with the generation of each of its objects: a number more for each that is not as it was before.
    ///
    /// A greater number that the text itself gives is kept.
    mutating func numbered(_ text: String) -> String {
        var documents: [[Substring]] = [[]]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "---" { documents.append([]) } else { documents[documents.count - 1].append(line) }
        }
        return documents.map { numbered($0).joined(separator: "\n") }.joined(separator: "\n---\n")
    }

    private mutating func numbered(_ document: [Substring]) -> [Substring] {
        guard let metadata = document.firstIndex(of: "metadata:") else { return document }
        var body = document
        var given = 0
        let fields = document[(metadata + 1)...].prefix { $0.hasPrefix("  ") }
        if let place = fields.firstIndex(where: { $0.hasPrefix(Generations.line) }) {
            given = Int(document[place].dropFirst(Generations.line.count)) ?? 0
            body.remove(at: place)
        }
        let key =
            document.filter { $0.hasPrefix("kind: ") }
            + fields.filter { $0.hasPrefix("  name: ") || $0.hasPrefix("  namespace: ") }
        var count = counts[key] ?? Count(body: [], generation: 0)
        if count.body != body { count = Count(body: body, generation: count.generation + 1) }
        count.generation = max(count.generation, given)
        counts[key] = count
        body.insert(Generations.line[...] + "\(count.generation)", at: metadata + 1)
        return body
    }
}

/// A strict reader of the Prometheus text format, version 0.0.4, written from its grammar alone.
///
/// It refuses what a server may refuse: a line that is none, a sample outside the block of its metric, a metric told
/// twice, a histogram that does not add up.
struct Exposition {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    struct Sample: Equatable {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    struct Metric {
        var name: String
        var type = "untyped"
        var help: String?
        var samples: [Sample] = []
    }

    private(set) var metrics: [Metric] = []

    init(_ text: String) throws {
        guard text.isEmpty || text.utf8.last == UInt8(ascii: "\n") else {
            throw Failure(description: "the last line does not end")
        }
        var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { Array($0) }
        lines.removeLast()
        var seen: Set<String> = []
        for line in lines {
            var reader = Reader(line)
            do {
                if line.first == "#" { try comment(&reader, &seen) } else { try sample(&reader, &seen) }
            } catch let failure as Failure {
                var text = String.UnicodeScalarView()
                text.append(contentsOf: line)
                throw Failure(description: "\(failure): \(String(text))")
            }
        }
        for metric in metrics { try Self.check(metric) }
    }

    /// The metric of a name.
    subscript(name: String) -> Metric? { metrics.first { $0.name == name } }

    /// The value of the only sample with a name and labels.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let found = metrics.flatMap(\.samples).filter { $0.name == name && $0.labels == labels }
        return found.count == 1 ? found.first?.value : nil
    }

    private mutating func comment(_ reader: inout Reader, _ seen: inout Set<String>) throws {
        try reader.expect("# ")
        let keyword = reader.take { $0 != " " }
        try reader.expect(" ")
        let name = try reader.name(colons: true)
        try reader.expect(" ")
        guard metrics.last?.samples.isEmpty == false || metrics.last?.name == name || metrics.isEmpty else {
            throw Failure(description: "a metric before has no samples")
        }
        switch keyword {
        case "HELP":
            guard seen.insert(name).inserted else { throw Failure(description: "told twice") }
            metrics.append(Metric(name: name, help: try reader.escaped(until: nil, "n\\")))
        case "TYPE":
            let type = reader.take { _ in true }
            guard ["counter", "gauge", "histogram", "summary", "untyped"].contains(type) else {
                throw Failure(description: "no type")
            }
            if metrics.last?.name != name {
                guard seen.insert(name).inserted else { throw Failure(description: "told twice") }
                metrics.append(Metric(name: name))
            }
            guard let last = metrics.indices.last, metrics[last].type == "untyped", metrics[last].samples.isEmpty else {
                throw Failure(description: "typed twice or too late")
            }
            metrics[last].type = type
        default: throw Failure(description: "no comment of the format's")
        }
        try reader.expectEnd()
    }

    private mutating func sample(_ reader: inout Reader, _ seen: inout Set<String>) throws {
        let name = try reader.name(colons: true)
        var labels: [String: String] = [:]
        if reader.peek == "{" {
            try reader.expect("{")
            while true {
                let label = try reader.name(colons: false)
                guard !label.hasPrefix("__") else { throw Failure(description: "a reserved label") }
                try reader.expect("=\"")
                let value = try reader.escaped(until: "\"", "n\\\"")
                try reader.expect("\"")
                guard labels.updateValue(value, forKey: label) == nil else {
                    throw Failure(description: "a label twice")
                }
                if reader.peek == "}" { break }
                try reader.expect(",")
            }
            try reader.expect("}")
        }
        try reader.expect(" ")
        let number = reader.take { $0 != " " }
        guard let value = Self.number(number) else { throw Failure(description: "no number") }
        try reader.expectEnd()
        guard let last = metrics.indices.last else { throw Failure(description: "a sample of no metric") }
        let suffixes = metrics[last].type == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
        guard suffixes.contains(where: { metrics[last].name + $0 == name }) else {
            throw Failure(description: "a sample of another metric")
        }
        let sample = Sample(name: name, labels: labels, value: value)
        guard !metrics[last].samples.contains(where: { $0.name == name && $0.labels == labels }) else {
            throw Failure(description: "a sample twice")
        }
        metrics[last].samples.append(sample)
    }

    private static func number(_ text: String) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: text.allSatisfy { $0.isNumber || "+-.e".contains($0) } ? Double(text) : nil
        }
    }

    private static func check(_ metric: Metric) throws {
        guard !metric.samples.isEmpty else { throw Failure(description: "\(metric.name) has no samples") }
        if metric.type == "counter", let sample = metric.samples.first(where: { $0.value < 0 }) {
            throw Failure(description: "\(metric.name) is \(sample.value)")
        }
        guard metric.type == "histogram" else { return }
        let bySeries = Dictionary(grouping: metric.samples) { $0.labels.filter { $0.key != "le" } }
        for (labels, samples) in bySeries {
            let buckets = samples.filter { $0.name == metric.name + "_bucket" }
            let bounds = buckets.map { number($0.labels["le"] ?? "") ?? .nan }
            let counts = buckets.map(\.value)
            let count = samples.first { $0.name == metric.name + "_count" }?.value
            let isWhole =
                bounds.last == .infinity && zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
                && zip(counts, counts.dropFirst()).allSatisfy { $0 <= $1 } && counts.last == count
                && samples.filter { $0.name == metric.name + "_sum" }.count == 1
            guard isWhole else { throw Failure(description: "\(metric.name) \(labels) does not add up") }
        }
    }
}

/// Reads one line from its start.
private struct Reader {
    private var rest: ArraySlice<Unicode.Scalar>

    init(_ line: [Unicode.Scalar]) { rest = line[...] }

    var peek: Unicode.Scalar? { rest.first }

    mutating func expect(_ text: String) throws {
        for scalar in text.unicodeScalars {
            guard rest.popFirst() == scalar else { throw Exposition.Failure(description: "no '\(text)'") }
        }
    }

    func expectEnd() throws {
        guard rest.isEmpty else { throw Exposition.Failure(description: "more than a line has") }
    }

    mutating func take(while holds: (Unicode.Scalar) -> Bool) -> String {
        var taken = String.UnicodeScalarView()
        while let next = rest.first, holds(next) { taken.append(rest.removeFirst()) }
        return String(taken)
    }

    mutating func name(colons: Bool) throws -> String {
        let name = take {
            $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0)) || $0 == "_" || colons && $0 == ":"
        }
        guard let first = name.unicodeScalars.first, !("0"..."9").contains(first) else {
            throw Exposition.Failure(description: "no name")
        }
        return name
    }

    mutating func escaped(until end: Unicode.Scalar?, _ allowed: String) throws -> String {
        var text = String.UnicodeScalarView()
        while let next = rest.first, next != end {
            rest.removeFirst()
            guard next == "\\" else {
                text.append(next)
                continue
            }
            guard let escape = rest.popFirst(), allowed.unicodeScalars.contains(escape) else {
                throw Exposition.Failure(description: "a wrong escape")
            }
            text.append(escape == "n" ? "\n" : escape)
        }
        return String(text)
    }
}

/// Samples of metrics, read from the text that Prometheus reads.
struct MetricSamples: Equatable, Sendable {
    struct Sample: Equatable, Sendable {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    let samples: [Sample]

    /// The samples of a text; lines that are none are left out.
    init(_ text: String) {
        samples = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap(Self.sample)
    }

    /// The samples of a name.
    subscript(name: String) -> [Sample] { samples.filter { $0.name == name } }

    private static func sample(_ line: Substring) -> Sample? {
        let name = line.prefix { $0 != "{" && $0 != " " }
        var rest = line.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest.removeFirst()
            while let first = rest.first, first != "}" {
                let key = rest.prefix { $0 != "=" }
                rest = rest.dropFirst(key.count + 2)
                var value = ""
                while let character = rest.popFirst(), character != "\"" {
                    guard character == "\\" else {
                        value.append(character)
                        continue
                    }
                    let escaped = rest.popFirst() ?? "\\"
                    value.append(escaped == "n" ? "\n" : escaped)
                }
                labels[String(key.drop { $0 == "," || $0 == " " })] = value
            }
            rest = rest.dropFirst()
        }
        guard let word = rest.split(separator: " ").first, let value = Double(word) else { return nil }
        return Sample(name: String(name), labels: labels, value: value)
    }
}

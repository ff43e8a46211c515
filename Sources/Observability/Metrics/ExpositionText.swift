/// Names, values and lines of the Prometheus text format, version 0.0.4.
struct ExpositionText {
    /// The media type.
    static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    /// The lines above the samples of a metric; what is not described has no help.
    mutating func head(_ name: String, _ kind: MetricDescription.Kind, help: String?) {
        if let help { text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n" }
        text += "# TYPE \(name) \(kind.rawValue)\n"
    }

    /// One sample.
    ///
    /// - Parameter labels: As ``labels(_:)`` returns them.
    mutating func sample(_ name: String, labels: String = "", _ value: String) {
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    /// A metric's name in the letters that the format has.
    static func metricName(_ name: String) -> String { sanitized(name, further: ":") }

    /// Labels as they stand between the braces, sorted by name; of two with the same name the later holds.
    ///
    /// - Parameter reserved: A name that the metric needs for itself.
    static func labels(_ labels: [(String, String)], reserved: String? = nil) -> String {
        var values: [String: String] = [:]
        for (label, value) in labels {
            var name = sanitized(label, further: nil)
            // Names that begin so are Prometheus's own.
            while name.hasPrefix("__") { name.removeFirst() }
            if name == reserved { name = "exported_\(name)" }
            values[name] = value
        }
        return values.sorted { $0.key < $1.key }.map { #"\#($0.key)="\#(escaped($0.value, quotes: true))""# }
            .joined(separator: ",")
    }

    /// A number, a whole one without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // All whole numbers of this size have their exact value.
        if value.rounded() == value, value.magnitude < 1e15 { return String(Int64(value)) }
        return value.description
    }

    private static func sanitized(_ name: String, further: Unicode.Scalar?) -> String {
        var result = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": result.append(scalar)
            case "0"..."9":
                if result.isEmpty { result.append("_") }
                result.append(scalar)
            default: result.append(scalar == further ? scalar : "_")
            }
        }
        return result.isEmpty ? "_" : String(result)
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result.append(contentsOf: #"\\"#.unicodeScalars)
            case "\n": result.append(contentsOf: #"\n"#.unicodeScalars)
            case "\"" where quotes: result.append(contentsOf: #"\""#.unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}

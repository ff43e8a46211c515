/// A time in few words, such as `3d4h`, `16h2m`, `42s`: the two largest units.
func shortSpan(seconds: Int64) -> String {
    guard seconds >= 0 else { return "-\(shortSpan(seconds: -seconds))" }
    let units: [(String, Int64)] = [("y", 31_536_000), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)]
    var rest = seconds
    var words: [String] = []
    for (name, length) in units where words.count < 2 {
        let count = rest / length
        rest %= length
        // Nothing stands between the two units.
        if count > 0 { words.append("\(count)\(name)") } else if !words.isEmpty { break }
    }
    return words.isEmpty ? "0s" : words.joined()
}

extension String {
    /// The text on one line, free of what moves a cursor: it may hold words of users and of proxies.
    var onOneLine: String {
        String(
            String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}

/// References to variables in commands, arguments and values: `$(NAME)`.
enum Expansion {
    /// The text with its references replaced.
    ///
    /// `$$` stands for `$`, so that `$$(NAME)` is `$(NAME)`; a reference to what is not defined stays as it is.
    static func expand(_ text: String, _ variables: [String: String]) -> String {
        var result = ""
        var rest = Substring(text)
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            switch rest.first {
            case "$":
                result += "$"
                rest.removeFirst()
            case "(":
                guard let end = rest.firstIndex(of: ")") else {
                    result += "$("
                    rest.removeFirst()
                    continue
                }
                let name = String(rest[rest.index(after: rest.startIndex)..<end])
                result += variables[name] ?? "$(\(name))"
                rest = rest[rest.index(after: end)...]
            default: result += "$"
            }
        }
        return result + rest
    }
}

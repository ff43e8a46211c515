/// One of Envoy's format strings, as Envoy 1.40 reads it: text, `%%` for a percent sign, and operators such as
/// `%REQ(:METHOD)%`, `%START_TIME(%s.%3f)%` or `%RESP(X-LONG?X-SHORT):20%`.
struct FormatString {
    /// The names of the operators, in the order of the text; those before a mistake only.
    private(set) var operators: [String] = []
    /// What is wrong with it; `nil` if Envoy takes it.
    private(set) var mistake: String?

    /// Reads a format string.
    init(_ text: String) {
        var rest = Substring(text)
        while let sign = rest.firstIndex(of: "%") {
            rest = rest[sign...].dropFirst()
            if rest.first == "%" {
                rest = rest.dropFirst()
                continue
            }
            guard let found = Self.takeOperator(&rest) else {
                mistake =
                    "`%\(rest.prefix(20))` is no operator: write %NAME% or %NAME(argument)%, and %% for a percent sign"
                return
            }
            if let mistake = Self.mistake(in: found) {
                self.mistake = mistake
                return
            }
            operators.append(String(found.name))
        }
    }

    /// An operator as it is written.
    private struct Written {
        let name: Substring
        let argument: Substring?
        let length: Substring?
    }

    /// Takes an operator and its closing sign off the front.
    private static func takeOperator(_ rest: inout Substring) -> Written? {
        let name = rest.prefix { ("A"..."Z").contains($0) || ("0"..."9").contains($0) || $0 == "_" }
        guard !name.isEmpty else { return nil }
        let behind = rest[name.endIndex...]
        if let (length, end) = ending(behind) {
            rest = end
            return Written(name: name, argument: nil, length: length)
        }
        guard behind.first == "(" else { return nil }
        // The argument ends at the first parenthesis behind which the operator can end; it stays on one line.
        var index = behind.index(after: behind.startIndex)
        while index < behind.endIndex, behind[index] != "\n", behind[index] != "\r\n" {
            if behind[index] == ")", let (length, end) = ending(behind[behind.index(after: index)...]) {
                let argument = behind[behind.index(after: behind.startIndex)..<index]
                rest = end
                return Written(name: name, argument: argument, length: length)
            }
            index = behind.index(after: index)
        }
        return nil
    }

    /// The length, if there is one, and what follows the closing sign; `nil` if the operator does not end here.
    private static func ending(_ text: Substring) -> (length: Substring?, rest: Substring)? {
        if text.first == "%" { return (nil, text.dropFirst()) }
        guard text.first == ":" else { return nil }
        let digits = text.dropFirst().prefix { ("0"..."9").contains($0) }
        let rest = text[digits.endIndex...]
        guard !digits.isEmpty, rest.first == "%" else { return nil }
        return (digits, rest.dropFirst())
    }

    private static func mistake(in written: Written) -> String? {
        let name = written.name
        guard let known = LogOperator.named(name) else {
            return "`%\(name)%` is no operator that can be checked here: see the list in Envoy's documentation"
        }
        if let length = written.length {
            guard known.takesLength else { return "`%\(name)%` takes no length: leave out `:\(length)`" }
            guard length.count <= 9 else { return "`:\(length)` is too great a length for `%\(name)%`" }
        }
        let argument = written.argument ?? ""
        guard let expected = expectation(of: known.argument, for: argument) else { return nil }
        return argument.isEmpty
            ? "`%\(name)%` needs \(expected) in parentheses"
            : "`\(argument)` is no argument of `%\(name)%`: write \(expected)"
    }

    /// What an argument should have been; `nil` if it is right.
    private static func expectation(of kind: LogOperator.Argument, for argument: Substring) -> String? {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        switch kind {
        case .none: return argument.isEmpty ? nil : "nothing"
        case .optional: return nil
        case .required: return argument.isEmpty ? "a text" : nil
        case .header:
            let names = argument.split(separator: "?", omittingEmptySubsequences: false)
            let isGood = !argument.isEmpty && names.count <= 2 && names.allSatisfy(isHeaderName)
            return isGood ? nil : "the name of a header, or two with ? between them"
        case .word(let words):
            return argument.isEmpty || words.contains(String(argument)) ? nil : words.joined(separator: ", ")
        case .metadata(let kinds):
            let isGood = parts.count >= 2 && kinds.contains(String(parts[0]))
            return isGood ? nil : "<kind>:<namespace>:<key>, the kind one of " + kinds.joined(separator: ", ")
        case .interval:
            let isGood =
                (2...3).contains(parts.count) && parts.prefix(2).allSatisfy { !$0.isEmpty }
                && (parts.count == 2 || ["ms", "us", "ns"].contains(parts[2]))
            return isGood ? nil : "<begin>:<end>:<unit>, the unit ms, us or ns"
        case .state:
            let isGood =
                !parts[0].isEmpty
                && (parts.count == 1 || parts.count == 2 && ["PLAIN", "TYPED"].contains(parts[1])
                    || parts.count == 3 && parts[1] == "FIELD" && !parts[2].isEmpty)
            return isGood ? nil : "<key>, <key>:PLAIN, <key>:TYPED or <key>:FIELD:<field>"
        }
    }

    /// Whether a text is the name of a header (RFC 9110's token), or of a pseudo header.
    private static func isHeaderName(_ text: Substring) -> Bool {
        let name = text.first == ":" ? text.dropFirst() : text
        return !name.isEmpty
            && name.unicodeScalars.allSatisfy { scalar in
                ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                    || "!#$%&'*+-.^_`|~".unicodeScalars.contains(scalar)
            }
    }
}

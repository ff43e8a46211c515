extension ExpressionReader {
    /// The classes of POSIX, as in `[[:alpha:]]`.
    private static let posixNames: Set<String> = [
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper",
        "word", "xdigit",
    ]

    /// Takes a class in brackets.
    ///
    /// - Returns: Its estimated number of instructions.
    mutating func takeClass() throws(RegularExpression.Malformed) -> Int {
        let start = position
        position += 1
        var cost = 16
        if peek() == "^" { position += 1 }
        var isFirst = true
        while let scalar = peek(), scalar != "]" || isFirst {
            isFirst = false
            if isNext("[:"), try takePOSIXClass() {
                cost += 16
            } else if scalar == "\\", let next = peek(1), peek(2) != nil, next == "p" || next == "P" {
                cost += try takeUnicodeGroup()
            } else if scalar == "\\", let next = peek(1), "dswDSW".unicodeScalars.contains(next) {
                position += 2
                cost += 16
            } else {
                cost += try takeRange()
            }
        }
        guard peek() == "]" else { throw malformed("a class is not closed", at: start) }
        position += 1
        return cost
    }

    /// Takes `[:name:]`; takes nothing if no `:]` follows, for then the bracket is literal.
    private mutating func takePOSIXClass() throws(RegularExpression.Malformed) -> Bool {
        let start = position
        var end = position + 2
        while end + 1 < scalars.count, scalars[end] != ":" || scalars[end + 1] != "]" { end += 1 }
        guard end + 1 < scalars.count else { return false }
        var name = ""
        name.unicodeScalars.append(contentsOf: scalars[(start + 2)..<end])
        if name.hasPrefix("^") { name.removeFirst() }
        guard Self.posixNames.contains(name) else { throw malformed("`[:\(name):]` is not a class", at: start) }
        position = end + 2
        return true
    }

    /// Takes one character, or two with a hyphen between them.
    private mutating func takeRange() throws(RegularExpression.Malformed) -> Int {
        let start = position
        let low = try takeClassCharacter()
        guard peek() == "-", let next = peek(1), next != "]" else { return rangeCost(low, low) }
        position += 1
        let high = try takeClassCharacter()
        guard low <= high else { throw malformed("a range in a class is out of order", at: start) }
        return rangeCost(low, high)
    }

    private func rangeCost(_ low: Unicode.Scalar, _ high: Unicode.Scalar) -> Int {
        if low == high { return literalCost(low) + 1 }
        if high.isASCII { return foldsCase ? 12 : 2 }
        // Every change of the length in UTF-8 takes a few; other cases may add ranges of their own.
        return foldsCase ? 400 : 24
    }

    private mutating func takeClassCharacter() throws(RegularExpression.Malformed) -> Unicode.Scalar {
        guard let scalar = peek() else { throw malformed("a class is not closed", at: position) }
        if scalar == "\\" { return try takeEscape() }
        position += 1
        return scalar
    }

    /// Takes `\pN` or `\p{Greek}`, or the same with `P`.
    ///
    /// - Returns: Its estimated number of instructions.
    mutating func takeUnicodeGroup() throws(RegularExpression.Malformed) -> Int {
        let start = position
        position += 2
        guard let first = peek() else { throw malformed("`\\p` without the name of a Unicode class", at: start) }
        var name = ""
        position += 1
        if first == "{" {
            while let scalar = peek(), scalar != "}" {
                name.unicodeScalars.append(scalar)
                position += 1
            }
            guard peek() != nil else { throw malformed("`\\p{` is not closed", at: start) }
            position += 1
        } else {
            name.unicodeScalars.append(first)
        }
        if name.hasPrefix("^") { name.removeFirst() }
        guard let cost = UnicodeGroups.cost(of: name) else {
            throw malformed("`\(name)` is not a Unicode class", at: start)
        }
        return cost
    }

    /// Takes a backslash and what it escapes: one character.
    mutating func takeEscape() throws(RegularExpression.Malformed) -> Unicode.Scalar {
        let start = position
        position += 1
        guard let scalar = peek() else { throw malformed("a backslash ends the expression", at: start) }
        position += 1
        switch scalar {
        case "a": return "\u{07}"
        case "f": return "\u{0C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{0B}"
        case "x": return try takeHexadecimal(start)
        case "0"..."7": return try takeOctal(scalar, start)
        case "_": return scalar
        default:
            guard scalar.isASCII, !Self.isWord(scalar) else {
                throw malformed("`\\\(scalar)` has no meaning", at: start)
            }
            return scalar
        }
    }

    private mutating func takeOctal(
        _ first: Unicode.Scalar, _ start: Int
    ) throws(RegularExpression.Malformed) -> Unicode.Scalar {
        let octal: ClosedRange<Unicode.Scalar> = "0"..."7"
        // One digit that is not 0 would be a back reference.
        if first != "0" {
            guard let next = peek(), octal.contains(next) else {
                throw malformed("back references, `\\\(first)`, are not supported", at: start)
            }
        }
        var value = first.value - 48
        for _ in 0..<2 {
            guard let digit = peek(), octal.contains(digit) else { break }
            value = value * 8 + digit.value - 48
            position += 1
        }
        return try byte(value, start)
    }

    private mutating func takeHexadecimal(_ start: Int) throws(RegularExpression.Malformed) -> Unicode.Scalar {
        var digits = ""
        if peek() == "{" {
            position += 1
            while let scalar = peek(), scalar != "}" {
                digits.unicodeScalars.append(scalar)
                position += 1
            }
            guard peek() == "}" else { throw malformed("`\\x{` is not closed", at: start) }
            position += 1
        } else {
            for _ in 0..<2 {
                guard let scalar = peek() else { break }
                digits.unicodeScalars.append(scalar)
                position += 1
            }
            guard digits.unicodeScalars.count == 2 else { throw malformed("`\\x` needs two digits", at: start) }
        }
        // A sign would pass the number's own parser.
        guard digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
            let value = UInt32(digits, radix: 16)
        else { throw malformed("`\\x` is not followed by the number of a character", at: start) }
        return try byte(value, start)
    }

    /// The character with a number, if it is one byte: Envoy has RE2 read bytes, so greater numbers mean nothing.
    private func byte(_ number: UInt32, _ start: Int) throws(RegularExpression.Malformed) -> Unicode.Scalar {
        guard let byte = UInt8(exactly: number) else {
            throw malformed("an escape stands for a number above 255; write the character itself", at: start)
        }
        return Unicode.Scalar(byte)
    }
}

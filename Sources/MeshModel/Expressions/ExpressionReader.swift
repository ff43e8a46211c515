/// Reads an expression from left to right, as RE2's parser does, and estimates the size of its program.
///
/// Source of the syntax: RE2's `doc/syntax.txt` and its behaviour.
struct ExpressionReader {
    /// What a repetition would apply to.
    private struct Operand {
        /// Its estimated number of instructions.
        var cost: Int
        /// The greatest product of nested repetition counts in it.
        var repetitions = 1
    }

    /// A group that is open; the outermost is the expression itself.
    private struct Group {
        let start: Int
        let foldedCaseOutside: Bool
        var cost = 0
        var repetitions = 1
        var operand: Operand?

        mutating func settle() {
            guard let last = operand else { return }
            cost += last.cost
            repetitions = max(repetitions, last.repetitions)
            operand = nil
        }
    }

    /// RE2's bound on a count and on the product of nested counts.
    private static let maximumRepetitions = 1000

    var scalars: [Unicode.Scalar]
    var position = 0
    /// Whether letters match in both cases from here on.
    var foldsCase = false
    private var groups: [Group] = [Group(start: 0, foldedCaseOutside: false)]

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// Reads the whole expression.
    mutating func readAll() throws(RegularExpression.Malformed) {
        var followsRepetition = false
        while let scalar = peek() {
            let start = position
            if let counts = takeRepetition() {
                guard !followsRepetition else { throw malformed("a repetition follows a repetition", at: start) }
                try repeatOperand(counts, at: start)
                followsRepetition = true
                continue
            }
            followsRepetition = false
            switch scalar {
            case "(": try openGroup()
            case ")": try closeGroup()
            case "|":
                position += 1
                groups[groups.count - 1].settle()
                groups[groups.count - 1].cost += 2
            case "[":
                push(cost: try takeClass())
            case "\\":
                try takeBackslash()
            case ".":
                position += 1
                push(cost: 12)
            default:
                position += 1
                push(cost: literalCost(scalar))
            }
            guard groups[groups.count - 1].cost <= RegularExpression.maximumProgram else { throw tooLarge() }
        }
        guard groups.count == 1 else {
            throw malformed("a group is not closed", at: groups[groups.count - 1].start)
        }
        groups[0].settle()
        guard groups[0].cost <= RegularExpression.maximumProgram else { throw tooLarge() }
    }

    // MARK: Text

    /// The scalar at some distance from here, if there is one.
    func peek(_ distance: Int = 0) -> Unicode.Scalar? {
        let index = position + distance
        return index < scalars.count ? scalars[index] : nil
    }

    /// Whether the text goes on with these ASCII characters.
    func isNext(_ text: String) -> Bool {
        scalars[min(position, scalars.count)...].starts(with: text.unicodeScalars)
    }

    func malformed(_ reason: String, at index: Int) -> RegularExpression.Malformed {
        RegularExpression.Malformed("is not an expression (RE2): \(reason), at character \(index + 1)")
    }

    private func tooLarge() -> RegularExpression.Malformed {
        RegularExpression.Malformed("is an expression whose repetitions make it too large for a proxy")
    }

    // MARK: Operands

    /// The estimated instructions of one literal character.
    func literalCost(_ scalar: Unicode.Scalar) -> Int {
        let bytes = UTF8.width(scalar)
        // A letter has at most three other cases, which may be longer than itself.
        return foldsCase ? 4 + bytes * 3 : bytes
    }

    private mutating func push(cost: Int, repetitions: Int = 1) {
        groups[groups.count - 1].settle()
        groups[groups.count - 1].operand = Operand(cost: cost, repetitions: repetitions)
    }

    // MARK: Groups

    private mutating func openGroup() throws(RegularExpression.Malformed) {
        let start = position
        let foldedCase = foldsCase
        guard peek(1) == "?" else {
            position += 1
            return try enterGroup(start, foldedCase)
        }
        for lookAround in ["(?=", "(?!", "(?<=", "(?<!"] where isNext(lookAround) {
            throw malformed("look-around, `\(lookAround)`, is not supported", at: start)
        }
        if isNext("(?P<") || isNext("(?<") {
            position += isNext("(?<") ? 3 : 4
            try takeGroupName()
            return try enterGroup(start, foldedCase)
        }
        position += 2
        if try takeFlags() { try enterGroup(start, foldedCase) }
    }

    private mutating func enterGroup(_ start: Int, _ foldedCase: Bool) throws(RegularExpression.Malformed) {
        groups.append(Group(start: start, foldedCaseOutside: foldedCase))
        guard groups.count <= RegularExpression.maximumNesting + 1 else {
            throw malformed("groups are nested more than \(RegularExpression.maximumNesting) deep", at: start)
        }
    }

    private mutating func takeGroupName() throws(RegularExpression.Malformed) {
        let start = position
        while let scalar = peek(), Self.isWord(scalar) { position += 1 }
        guard peek() == ">", position > start else {
            throw malformed("the name of a group must be letters, digits and `_` followed by `>`", at: start)
        }
        position += 1
    }

    /// Takes flags up to `)` or `:`.
    ///
    /// - Returns: Whether they open a group.
    private mutating func takeFlags() throws(RegularExpression.Malformed) -> Bool {
        var isNegated = false
        var hasFlagAfterSign = false
        while let scalar = peek() {
            position += 1
            switch scalar {
            case "i":
                foldsCase = !isNegated
                hasFlagAfterSign = true
            case "m", "s", "U": hasFlagAfterSign = true
            case "-" where !isNegated:
                isNegated = true
                hasFlagAfterSign = false
            case ":" where !isNegated || hasFlagAfterSign: return true
            case ")" where !isNegated || hasFlagAfterSign: return false
            default:
                throw malformed(
                    "`(?` is followed by something else than flags (i, m, s, U), a name or `:`", at: position - 1)
            }
        }
        throw malformed("a group is not closed", at: position)
    }

    private mutating func closeGroup() throws(RegularExpression.Malformed) {
        guard groups.count > 1, var group = groups.popLast() else {
            throw malformed("`)` without `(`", at: position)
        }
        position += 1
        group.settle()
        foldsCase = group.foldedCaseOutside
        push(cost: group.cost + 2, repetitions: group.repetitions)
    }

    // MARK: Repetitions

    /// How often something repeats.
    private struct Counts {
        var least: Int
        /// `nil` for any number.
        var greatest: Int?
        /// Whether the counts were written as numbers.
        var isNumeric = false
    }

    /// Takes `*`, `+`, `?` or `{n,m}`, each perhaps followed by `?`; braces that hold no counts are literal.
    private mutating func takeRepetition() -> Counts? {
        var counts: Counts
        switch peek() {
        case "*": counts = Counts(least: 0, greatest: nil)
        case "+": counts = Counts(least: 1, greatest: nil)
        case "?": counts = Counts(least: 0, greatest: 1)
        case "{":
            guard let numeric = takeCounts() else { return nil }
            counts = numeric
            position -= 1
        default: return nil
        }
        position += 1
        if peek() == "?" { position += 1 }
        return counts
    }

    /// Takes `{n}`, `{n,}` or `{n,m}`; takes nothing if there is no such thing.
    private mutating func takeCounts() -> Counts? {
        let start = position
        position += 1
        if let least = takeCount() {
            var counts = Counts(least: least, greatest: least, isNumeric: true)
            var isComplete = true
            if peek() == "," {
                position += 1
                counts.greatest = nil
                if peek() != "}" {
                    counts.greatest = takeCount()
                    isComplete = counts.greatest != nil
                }
            }
            if isComplete, peek() == "}" {
                position += 1
                return counts
            }
        }
        position = start
        return nil
    }

    private mutating func takeCount() -> Int? {
        guard let first = peek(), ("0"..."9").contains(first) else { return nil }
        if first == "0", let second = peek(1), ("0"..."9").contains(second) { return nil }
        var count = 0
        while let digit = peek(), ("0"..."9").contains(digit) {
            // RE2 reads a number that long as literal text.
            guard count < 100_000_000 else { return nil }
            count = count * 10 + Int(digit.value - 48)
            position += 1
        }
        return count
    }

    private mutating func repeatOperand(_ counts: Counts, at start: Int) throws(RegularExpression.Malformed) {
        if counts.isNumeric {
            let greatest = counts.greatest ?? counts.least
            guard counts.least <= greatest, greatest <= Self.maximumRepetitions else {
                throw malformed("a repetition count is out of order or above \(Self.maximumRepetitions)", at: start)
            }
        }
        guard var operand = groups[groups.count - 1].operand else {
            throw malformed("a repetition has nothing to repeat", at: start)
        }
        if counts.isNumeric {
            let factor = counts.greatest ?? counts.least
            let product = operand.repetitions * max(factor, 1)
            guard factor < 2 || product <= Self.maximumRepetitions else {
                throw malformed("nested repetition counts multiply to more than \(Self.maximumRepetitions)", at: start)
            }
            operand.repetitions = product
            operand.cost = (max(operand.cost, 1) + 1) * max(factor, 1) + 2
        } else {
            operand.cost += 2
        }
        guard operand.cost <= RegularExpression.maximumProgram else { throw tooLarge() }
        groups[groups.count - 1].operand = operand
    }

    // MARK: Escapes outside of classes

    private mutating func takeBackslash() throws(RegularExpression.Malformed) {
        switch peek(1) {
        case "b", "B", "A", "z":
            position += 2
            push(cost: 1)
        case "C":
            position += 2
            push(cost: 1)
        case "Q":
            position += 2
            while let scalar = peek() {
                if isNext("\\E") {
                    position += 2
                    break
                }
                position += 1
                push(cost: literalCost(scalar))
            }
        case "p", "P": push(cost: try takeUnicodeGroup())
        case "d", "s", "w", "D", "S", "W":
            position += 2
            push(cost: 16)
        default: push(cost: literalCost(try takeEscape()))
        }
    }

    /// Whether a scalar is an ASCII letter, digit or `_`.
    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
    }
}

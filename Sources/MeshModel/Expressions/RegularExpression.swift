/// The text of an expression that is known to be valid RE2, the syntax of Envoy.
///
/// What RE2 accepts is accepted, with bounds of our own so that an expression cannot hurt a proxy: a text of at most
/// 1,024 bytes, groups nested at most 100 deep, and an estimated program of at most 50,000 instructions. Also names
/// of groups are ASCII, and ranges in classes are in the order of characters. There are no look-around, no back
/// references and no possessive quantifiers. Envoy has RE2 match bytes: `.` is one byte of a character of several.
public struct RegularExpression: Hashable, Sendable {
    /// Why a text is no expression, in words for its author.
    public struct Malformed: Error, Hashable, Sendable {
        /// What is wrong and where.
        public let message: String

        init(_ message: String) { self.message = message }
    }

    /// The longest text, in bytes of UTF-8.
    public static let maximumLength = 1024
    /// The deepest nesting of groups; RE2's own bound is 1,000.
    public static let maximumNesting = 100
    /// The largest program, in instructions; RE2 gives up at about 170,000 with its default budget of memory.
    public static let maximumProgram = 50_000

    /// The expression.
    public let text: String

    /// The expression that a text spells.
    ///
    /// - Throws: ``Malformed`` if RE2, or one of the bounds above, refuses it.
    public init(_ text: String) throws(Malformed) {
        let length = text.utf8.count
        guard length <= Self.maximumLength else {
            throw Malformed("is \(length) bytes long: at most \(Self.maximumLength) are allowed")
        }
        var reader = ExpressionReader(text)
        try reader.readAll()
        self.text = text
    }
}

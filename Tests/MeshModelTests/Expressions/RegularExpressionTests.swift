import MeshModel
import TestInstruments
import Testing

@Suite("Expressions")
struct RegularExpressionTests {
    @Test("that RE2 knows are accepted", arguments: ExpressionCorpus.accepted + ExpressionCorpus.atTheBounds)
    func accepted(text: String) {
        #expect(problem(of: text) == nil)
    }

    @Test("that RE2 does not know are refused, with the place of the mistake", arguments: ExpressionCorpus.refused)
    func refused(text: String) throws {
        let message = try #require(problem(of: text))
        #expect(message.hasPrefix("is not an expression (RE2): "))
        let place = try #require(message.split(separator: " ").last.flatMap { Int($0) })
        #expect((1...text.unicodeScalars.count + 1).contains(place), "\(message)")
    }

    @Test("that are too large for a proxy are refused", arguments: ExpressionCorpus.tooLarge)
    func tooLarge(text: String) throws {
        let message = try #require(problem(of: text))
        #expect(
            message.contains("too large") || message.contains("bytes long") || message.contains("nested more than"),
            "\(message)")
    }

    /// A bound, by an expression just within it and one just beyond.
    struct Bound: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let within: String
        let beyond: String
        let reason: String

        static let all = [
            Bound(
                testDescription: "1,024 bytes of text", within: String(repeating: "a", count: 1_024),
                beyond: String(repeating: "a", count: 1_025), reason: "at most 1024"),
            Bound(
                testDescription: "groups 100 deep", within: nested(100), beyond: nested(101),
                reason: "nested more than 100"),
            Bound(
                testDescription: "1,000 repetitions", within: "a{1000}", beyond: "a{1001}",
                reason: "is not an expression (RE2)"),
            Bound(
                testDescription: "a program of 50,000 instructions", within: ".{1000}.{1000}.{1000}.{845}",
                beyond: ".{1000}.{1000}.{1000}.{846}", reason: "too large"),
        ]

        private static func nested(_ depth: Int) -> String {
            String(repeating: "(", count: depth) + String(repeating: ")", count: depth)
        }
    }

    @Test("have bounds, each with its reason", arguments: Bound.all)
    func bounds(bound: Bound) throws {
        #expect(problem(of: bound.within) == nil)
        let reason = try #require(problem(of: bound.beyond))
        #expect(reason.contains(bound.reason))
    }

    @Test("are kept as they were written, the empty one too")
    func text() throws {
        #expect(try RegularExpression("").text == "")
        #expect(try RegularExpression("a\\.b").text == "a\\.b")
    }

    @Test("of random text are accepted or refused, and reading ends")
    func fuzz() {
        var random = SeededGenerator(seed: 5)
        let pieces = [
            "(", ")", "(?:", "(?i)", "(?P<n>", "[", "]", "[^", "-", "\\", "\\d", "\\p{", "\\pL", "}", "{", "{2,3}", ",",
            "1000",
            "*", "+", "?", "|", "a", "é", "[:alpha:]", "\\x{", "41", "\\Q", "\\E", "^", "$", ".", "?i", ":", "\u{0}",
        ]
        var accepted = 0
        for round in 0..<rounds(40_000) {
            let text =
                round % 4 == 0
                ? random.bytes(upTo: 60)
                : (0..<Int.random(in: 0...12, using: &random)).map { _ in
                    pieces.randomElement(using: &random) ?? ""
                }.joined()
            if problem(of: text) == nil { accepted += 1 }
        }
        #expect(accepted > 1000)
    }

    private func problem(of text: String) -> String? {
        do throws(RegularExpression.Malformed) {
            _ = try RegularExpression(text)
            return nil
        } catch {
            return error.message
        }
    }
}

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

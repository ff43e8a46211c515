import MeshModel
import Testing

@Suite("Expressions tried on texts")
struct WholeMatchTests {
    @Test(
        "match the whole text or do not",
        arguments: [
            ("", "", true), ("", "a", false), ("/a", "/a", true), ("/a", "/ab", false), ("/a|/b", "/b", true),
            (".*", "/anything?", true), ("/a/[0-9]+", "/a/12", true), ("/a/[0-9]+", "/a/", false),
            ("/users/[a-zA-Z0-9_-]{1,64}", "/users/ab-1", true), ("/users/[a-z]{2}", "/users/abc", false),
            ("(/a)?/b", "/a/b", true), ("(?:x|y)*z", "xyxz", true),
            ("(a*)*b", String(repeating: "a", count: 40), false),
            ("^/health$", "/health", true), ("^/health$", "/healthy", false), ("/a\\.b", "/a.b", true),
            ("/a\\.b", "/axb", false), ("[^/]+", "a/b", false), ("[^/]+", "ab", true), ("\\d{2,}", "1", false),
            ("\\d{2,}", "123", true), ("[]a]+", "]a", true), ("[a-]", "-", true), (".*?", "x", true),
            (".", "\n", false),
            ("a{0}b", "b", true), ("\\w+", "a_1", true),
        ])
    func whole(expression: String, text: String, expected: Bool) throws {
        _ = try RegularExpression(expression)
        #expect(RegularExpression.matches(expression, text) == expected)
    }

    @Test(
        "cannot be told where a proxy is needed for it", arguments: ["(?i)a", "[[:alpha:]]", "\\pL", "\\ba", "\\Qa\\E"])
    func unknown(expression: String) throws {
        _ = try RegularExpression(expression)
        #expect(RegularExpression.matches(expression, "a") == nil)
    }
}

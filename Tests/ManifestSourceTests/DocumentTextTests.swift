import Testing

@testable import ManifestSource

@Suite struct DocumentTextTests {
    @Test(
        "A file is cut at the lines that begin with three hyphens",
        arguments: [
            ("", []),
            ("\n# only a comment\n\n", []),
            ("---\n---\n# nothing\n---\n", []),
            ("a: 1", [1]),
            ("# head\n---\na: 1\n---\nb: 2\n", [2, 4]),
            ("a: 1\r\n---\r\nb: 2\r\n", [1, 2]),
            ("--- {a: 1}\n---\t# comment\nb: 2", [1, 2]),
            ("a: |\n  ---\n  text\n ---\nb: 2\n", [1]),
            ("a: 1\n----\nb: 2\n", [1]),
            ("a: 1\n---b\n", [1]),
            ("%YAML 1.1\n---\na: 1\n", [2]),
            ("\u{FEFF}a: 1\n---\nb: 2", [1, 2]),
            ("a: 1\n---", [1]),
        ])
    func cut(_ text: String, _ firstLines: [Int]) {
        #expect(DocumentText.split(Array(text.utf8)).map(\.firstLine) == firstLines)
    }
}

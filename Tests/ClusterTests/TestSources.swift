import Foundation

/// The tests of this checkout by name: suites, live cases, and folders of scenarios.
struct TestSources {
    /// The text of each, with that of the manifests that it uses.
    private let texts: [String: String]

    /// Reads all of them.
    init() throws {
        let root = URL(filePath: Checkout.path("Tests"))
        let names = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        var files: [String: String] = [:]
        var types: [String: [String]] = [:]
        var scenarios: [String: String] = [:]
        for name in names where name.hasSuffix(".swift") {
            let text = try String(contentsOf: root.appending(path: name), encoding: .utf8)
            files[name] = text
            for type in Self.types(in: text) { types[type, default: []].append(name) }
        }
        for name in names where name.hasPrefix("Scenarios/") && name.hasSuffix(".yaml") {
            let parts = name.split(separator: "/").map(String.init)
            guard parts.count == 3 else { continue }
            scenarios[parts[1], default: ""] += try String(contentsOf: root.appending(path: name), encoding: .utf8)
        }
        func text(_ type: String) -> String { (types[type] ?? []).compactMap { files[$0] }.joined(separator: "\n") }
        var texts = scenarios
        for type in types.keys {
            let own = text(type)
            guard own.contains("@Test(") || own.contains("struct \(type): PolicyCases") else { continue }
            let manifests = types.keys.filter { $0.hasSuffix("Manifests") && own.contains($0) }
            texts[type] = ([own] + manifests.map(text)).joined(separator: "\n")
        }
        self.texts = texts
    }

    /// Whether there is a test of this name.
    func has(_ name: String) -> Bool { texts[name] != nil }

    /// Whether a test mentions a word.
    func mentions(_ word: String, in name: String) -> Bool {
        guard let text = texts[name] else { return false }
        return text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.contains { $0 == word }
    }

    /// The types that a file declares or extends.
    private static func types(in text: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split { " :({<".contains($0) }.map(String.init)
            guard let index = words.firstIndex(where: { ["struct", "enum", "class", "extension"].contains($0) }),
                words[..<index].allSatisfy({ $0.hasPrefix("@") || ["final", "private", "fileprivate"].contains($0) }),
                words.indices.contains(index + 1)
            else { return nil }
            return words[index + 1]
        }
    }
}

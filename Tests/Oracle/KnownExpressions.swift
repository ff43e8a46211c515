/// The few expressions that random meshes use, each with its meaning spelled out.
package enum KnownExpressions {
    package static let meanings: [String: @Sendable (String) -> Bool] = [
        "/a": { $0 == "/a" },
        "/a|/b": { $0 == "/a" || $0 == "/b" },
        "/b.*": { $0.hasPrefix("/b") },
        "/a/[0-9]+": { text in
            let digits = text.dropFirst(3)
            return text.hasPrefix("/a/") && !digits.isEmpty && digits.allSatisfy { "0123456789".contains($0) }
        },
        ".*": { _ in true },
        "x": { $0 == "x" },
        "[xy]": { $0 == "x" || $0 == "y" },
        "x,y": { $0 == "x,y" },
        "": { $0.isEmpty },
    ]

    /// Whether a text as a whole matches an expression; `nil` if the expression is not one of the known.
    package static func matches(_ expression: String, _ text: String) -> Bool? {
        meanings[expression].map { $0(text) }
    }
}

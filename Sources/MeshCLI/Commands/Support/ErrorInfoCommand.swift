internal import ArgumentParser

/// The command `osm support error-info`.
struct ErrorInfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "error-info", abstract: "Tell what an error code means.",
        discussion: """
            The codes are those in logs of the original's controller; this one says in words what went wrong.

            EXAMPLES:
              osm support error-info
              osm support error-info E1000
            """)

    /// How wide the second column is at most.
    private static let columnWidth = 80

    @Argument(help: "The code, such as E1000; all codes without it.")
    var code: String?

    /// A code, for programs.
    struct Row: Encodable {
        let code: String
        let meaning: String
    }

    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        guard let code else { return try show(ErrorCodes.all) }
        guard code.wholeMatch(of: /E\d{4}/) != nil else {
            throw CommandFailure(
                "error code '\(code)' is not a valid error code format. Should be of the form Exxxx, ex. E1000.")
        }
        guard let meaning = ErrorCodes.meaning(of: code) else {
            throw CommandFailure(
                "error code '\(code)' is not a valid error code recognized by OSM",
                advice: "`osm support error-info` lists all")
        }
        try show([(code, meaning)])
    }

    private func show(_ rows: [(code: String, meaning: String)]) throws {
        try global.console.print(rows.map { Row(code: $0.code, meaning: $0.meaning) }, as: output.output) { _ in
            print(rows)
        }
    }

    /// Prints a table with lines around every cell.
    private func print(_ rows: [(code: String, meaning: String)]) {
        let broken = rows.map { ($0.code, Self.broken($0.meaning, at: Self.columnWidth)) }
        let width = max(broken.flatMap { $0.1 }.map(\.count).max() ?? 0, "DESCRIPTION".count)
        let line = "+------------+\(String(repeating: "-", count: width + 2))+"
        func row(_ left: String, _ right: String) -> String {
            func padded(_ text: String, _ width: Int) -> String {
                text + String(repeating: " ", count: max(0, width - text.count))
            }
            return "| \(padded(left, 10)) | \(padded(right, width)) |"
        }
        let console = global.console
        console.out(line)
        console.out(row("ERROR CODE", "DESCRIPTION"))
        console.out(line)
        for (code, lines) in broken {
            for (index, text) in lines.enumerated() { console.out(row(index == 0 ? code : "", text)) }
            console.out(line)
        }
    }

    /// A text in lines of at most so many characters, broken between words.
    static func broken(_ text: String, at width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}

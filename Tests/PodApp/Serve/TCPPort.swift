import ArgumentParser

/// A port that speaks lines of text, as a command-line argument: `PORT=MODE`.
struct TCPPort: ExpressibleByArgument, Sendable {
    /// Who speaks first.
    enum Mode: String, Sendable {
        /// The client: each line is answered with `<app> <line>`.
        case echo
        /// The server: it greets at once, as MySQL does, and then answers as `echo`.
        case banner
    }

    let number: Int
    let mode: Mode

    init?(argument: String) {
        let words = argument.split(separator: "=", maxSplits: 1)
        guard words.count == 2, let number = Int(words[0]), (0...65_535).contains(number),
            let mode = Mode(rawValue: String(words[1]))
        else { return nil }
        self.number = number
        self.mode = mode
    }

    /// What the application says first; `nil` if it waits.
    func greeting(of app: String) -> String? { mode == .banner ? "8.0.36-\(app) mysql_native_password" : nil }
}

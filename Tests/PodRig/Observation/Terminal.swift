import Foundation

/// Standard output: lines that stay, and below them lines that are drawn anew in place.
final class Terminal {
    /// Whether lines can be drawn anew.
    let isLive: Bool
    private var drawn = 0

    /// - Parameter isUnattended: lines only follow each other, also on a terminal.
    init(isUnattended: Bool) { isLive = !isUnattended && isatty(STDOUT_FILENO) == 1 }

    /// Prints lines that stay.
    func print(_ lines: [String]) {
        write(erasure + lines.map { $0 + "\n" }.joined())
    }

    /// Replaces the lines at the bottom; does nothing where that is not possible.
    func draw(_ lines: [String]) {
        guard isLive else { return }
        let size = size
        let visible = lines.suffix(size.rows - 1).map {
            $0.count < size.columns ? $0 : String($0.prefix(size.columns - 1))
        }
        write(erasure + visible.map { $0 + "\n" }.joined())
        drawn = visible.count
    }

    /// Goes back to the start of the drawn lines and clears everything from there.
    private var erasure: String {
        defer { drawn = 0 }
        return drawn > 0 ? "\u{1B}[\(drawn)F\u{1B}[J" : ""
    }

    private var size: (rows: Int, columns: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 1, size.ws_col > 1 else {
            return (40, 160)
        }
        return (Int(size.ws_row), Int(size.ws_col))
    }

    private func write(_ text: String) {
        FileHandle.standardOutput.write(Data(text.utf8))
    }
}

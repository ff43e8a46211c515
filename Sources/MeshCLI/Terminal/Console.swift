internal import FoundationEssentials
internal import Glibc

/// Where a command writes, and whom it asks.
public struct Console: Sendable {
    /// The console of the running command.
    @TaskLocal static var current = Console.standard

    private let writesOut: @Sendable (String) -> Void
    private let writesError: @Sendable (String) -> Void
    private let answers: @Sendable () -> String?
    /// Whether people see standard output, rather than a file or a pipe.
    public let isTerminal: Bool
    /// Whether words may be coloured: on a terminal, unless `NO_COLOR` is set.
    public let hasColour: Bool
    /// Whether ``debug(_:)`` writes.
    var isVerbose = false

    /// A console.
    ///
    /// - Parameters:
    ///   - isTerminal: Whether people see the output.
    ///   - hasColour: Whether words may be coloured.
    ///   - out: Writes text as it is to standard output.
    ///   - error: Writes text as it is to standard error.
    ///   - answer: Reads a line; `nil` at the end of the input.
    public init(
        isTerminal: Bool, hasColour: Bool, out: @escaping @Sendable (String) -> Void,
        error: @escaping @Sendable (String) -> Void, answer: @escaping @Sendable () -> String?
    ) {
        self.isTerminal = isTerminal
        self.hasColour = hasColour
        writesOut = out
        writesError = error
        answers = answer
    }

    /// The process's own streams.
    public static let standard = {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let noColour = ProcessInfo.processInfo.environment["NO_COLOR"] ?? ""
        return Console(
            isTerminal: isTerminal, hasColour: isTerminal && noColour.isEmpty,
            out: { write($0, to: STDOUT_FILENO) }, error: { write($0, to: STDERR_FILENO) },
            answer: { readLine(strippingNewline: true) })
    }()

    /// Writes a line to standard output.
    func out(_ line: String = "") { writesOut(line + "\n") }

    /// Writes text to standard output as it is.
    func write(_ text: String) { writesOut(text) }

    /// Writes a line to standard error.
    func error(_ line: String) { writesError(line + "\n") }

    /// Writes a line of what is being done to standard error, if that is wanted.
    func debug(_ line: @autoclosure () -> String) {
        if isVerbose { writesError("[debug] \(line())\n") }
    }

    /// Asks for a line.
    ///
    /// - Returns: The answer without white space at its ends; `nil` at the end of the input.
    func ask(_ question: String) -> String? {
        writesOut(question)
        return answers().map { $0.trimmingWhitespace }
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let chunk = UnsafeBufferPointer(rebasing: rest)
                let count = Glibc.write(descriptor, chunk.baseAddress, chunk.count)
                if count < 0, errno == EINTR { continue }
                // Nobody reads any more: there is nobody to tell.
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }
}

extension StringProtocol {
    /// The text without white space at its ends.
    var trimmingWhitespace: String {
        let start = drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}

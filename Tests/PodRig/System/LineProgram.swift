import Foundation

/// A program that answers each line of its input with one, both JSON, for as long as it is wanted.
final class LineProgram {
    private let name: String
    private let process: Process
    private let input: FileHandle
    private let output: FileHandle
    private var pending = Data()

    /// Starts a command.
    ///
    /// - Parameter name: What it is, for messages.
    init(name: String, command words: [String]) throws {
        self.name = name
        let (input, output) = (Pipe(), Pipe())
        process = try Command(words).process()
        process.standardInput = input
        process.standardOutput = output
        (self.input, self.output) = (input.fileHandleForWriting, output.fileHandleForReading)
        do { try process.run() } catch { throw RigError(.program, "cannot start \(name)", cause: error) }
    }

    /// Hands it lines; their answers are to be collected before the next ones.
    func send(_ lines: [some Encodable]) throws {
        let texts = try lines.map { try JSONEncoder().encode($0) + Data("\n".utf8) }
        try input.write(contentsOf: texts.reduce(Data(), +))
    }

    /// The next answers, in the order in which they came.
    ///
    /// - Throws: `RigError` with the code `program` if the program has ended.
    func collect<Answer: Decodable>(_ count: Int, _: Answer.Type = Answer.self) throws -> [Answer] {
        var answers: [Answer] = []
        while answers.count < count {
            guard let end = pending.firstIndex(of: UInt8(ascii: "\n")) else {
                let more = output.availableData
                guard !more.isEmpty else { throw RigError(.program, "\(name) has ended") }
                pending.append(more)
                continue
            }
            answers.append(try JSONDecoder().decode(Answer.self, from: pending[..<end]))
            pending = Data(pending[pending.index(after: end)...])
        }
        return answers
    }

    func stop() {
        try? input.close()
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

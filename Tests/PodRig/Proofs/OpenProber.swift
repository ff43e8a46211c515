import Foundation

/// A client in a network namespace that keeps connections open, and sends what it is told on them or on new ones.
final class OpenProber {
    /// What is sent.
    struct Request: Encodable {
        var id = 0
        let endpoint: String
        /// The connection's number; `nil` for a new one.
        var connection: Int?
        /// The path of a request; `nil` where lines are exchanged.
        var path: String?
        /// The line where there is no path; `nil` where the server speaks first.
        var line: String?
    }

    /// What came of it.
    struct Answer: Decodable {
        let id: Int
        let status: Int?
        let app: String?
        let bytes: Int
        let isFirst: Bool
        let error: String?

        /// For people.
        var text: String { error ?? status.map { "\($0) \(app ?? "")" } ?? app ?? "nothing" }
    }

    private let process: Process
    private let input: FileHandle
    private let output: FileHandle
    private var pending = Data()

    /// Starts one as the user of applications.
    init(in namespace: Namespace, app: String) throws {
        let (input, output) = (Pipe(), Pipe())
        process = try Command(namespace.command([app, "probe-open"], user: RunningPod.applicationUser)).process()
        process.standardInput = input
        process.standardOutput = output
        (self.input, self.output) = (input.fileHandleForWriting, output.fileHandleForReading)
        do { try process.run() } catch { throw RigError(.program, "cannot start the prober", cause: error) }
    }

    /// Hands it requests; `collect` returns their answers.
    func send(_ requests: [Request]) throws {
        let lines = try requests.enumerated().map { index, request in
            var request = request
            request.id = index
            return try JSONEncoder().encode(request) + Data("\n".utf8)
        }
        try input.write(contentsOf: lines.reduce(Data(), +))
    }

    /// The answers to the requests that were sent last, in the order of the requests.
    func collect(_ count: Int) throws -> [Answer] {
        var answers: [Answer] = []
        while answers.count < count {
            guard let end = pending.firstIndex(of: UInt8(ascii: "\n")) else {
                let more = output.availableData
                guard !more.isEmpty else { throw RigError(.program, "the prober has ended") }
                pending.append(more)
                continue
            }
            answers.append(try JSONDecoder().decode(Answer.self, from: pending[..<end]))
            pending = Data(pending[pending.index(after: end)...])
        }
        return answers.sorted { $0.id < $1.id }
    }

    func stop() {
        try? input.close()
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

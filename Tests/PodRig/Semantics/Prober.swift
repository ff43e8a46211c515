import Foundation

/// A client in a network namespace that sends what it is told, for as long as it is wanted.
final class Prober {
    /// What came of a request.
    struct Answer: Decodable {
        let id: Int
        let status: Int?
        let app: String?
        let path: String?
        let bytes: Int
        let error: String?
    }

    private let name: String
    private let process: Process
    private let input: FileHandle
    private let output: FileHandle
    private var pending = Data()

    /// Starts one as the user of applications.
    init(name: String, in namespace: Namespace, app: String) throws {
        self.name = name
        let (input, output) = (Pipe(), Pipe())
        process = try Command(namespace.command([app, "probe"], user: RunningPod.applicationUser)).process()
        process.standardInput = input
        process.standardOutput = output
        (self.input, self.output) = (input.fileHandleForWriting, output.fileHandleForReading)
        do { try process.run() } catch { throw RigError(.program, "cannot start the prober of \(name)", cause: error) }
    }

    /// Hands it requests; their answers are to be collected before the next ones.
    func send(_ requests: [ProbeRequest]) throws {
        let lines = try requests.map { try JSONEncoder().encode($0) + Data("\n".utf8) }
        try input.write(contentsOf: lines.reduce(Data(), +))
    }

    /// The next answers, in the order in which they came.
    func collect(_ count: Int) throws -> [Answer] {
        var answers: [Answer] = []
        while answers.count < count {
            guard let end = pending.firstIndex(of: UInt8(ascii: "\n")) else {
                let more = output.availableData
                guard !more.isEmpty else { throw RigError(.program, "the prober of \(name) has ended") }
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

/// A request in its very bytes, as the program that sends it reads it.
struct ProbeRequest: Encodable {
    struct TLS: Encodable {
        let roots: String
        let certificate: String?
        let key: String?
        let serverName: String
    }

    let id: Int
    let endpoint: String
    let text: String
    let tls: TLS?
}

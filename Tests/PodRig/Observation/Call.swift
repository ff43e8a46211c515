import Foundation

/// A call of the test application, with a connection of its own.
struct Call {
    /// What came of a call.
    struct Answer {
        /// The HTTP status, or the name of the gRPC status; `nil` without an answer.
        let status: String?
        /// The application that answered.
        let app: String?
        /// The start of what it sent.
        let body: String?
        /// The header fields of the answer, by lower-case names.
        let headers: [String: String]
        /// How long it took, connecting included.
        let duration: Duration
        /// Why there was no answer.
        let error: String?

        /// The status, or the reason why there is none.
        var text: String { status ?? "no response (\(error ?? "unknown"))" }

        /// Whether it has a status, or has none and that is `expected` as `no response`.
        func isAs(_ expected: String) -> Bool { status.map { $0 == expected } ?? (expected == "no response") }
    }

    let method: String
    let url: String
    var spoken = "http1"
    var headers: [String] = []
    var times = 1
    /// Whether all of them are made at once.
    var isAtOnce = false
    /// Further options, such as those for TLS by hand.
    var options: [String] = []
    /// How long one may take.
    var limit = Duration.seconds(5)

    init(_ method: String, _ url: String) {
        self.method = method
        self.url = url
    }

    /// Makes the calls as the user of applications.
    func make(in namespace: Namespace, app: String) throws -> [Answer] {
        var words = [app, "call", "--method", method, "--url", url, "--protocol", spoken, "--times", "\(times)"]
        words += headers.flatMap { ["--header", $0] } + ["--timeout-ms", "\(Int(limit / .milliseconds(1)))"]
        words += (isAtOnce ? ["--at-once"] : []) + options
        let output = try Command(namespace.command(words, user: RunningPod.applicationUser)).check()
        let answers = try output.split(separator: "\n").map { try Answer(line: String($0)) }
        guard answers.count == times else {
            throw RigError(.program, "\(words.joined(separator: " ")) printed \(answers.count) answers, not \(times)")
        }
        return answers
    }
}

extension Call.Answer {
    /// What cannot be read as a text.
    private struct Fields: Decodable {
        let headers: [String: String]
        let ms: Double
    }

    /// Reads a line of the test application.
    fileprivate init(line: String) throws {
        guard let texts = LogFields(line: line) else {
            throw RigError(.program, "the test application printed \(line)")
        }
        let fields = try JSONDecoder().decode(Fields.self, from: Data(line.utf8))
        self.init(
            status: texts["status"], app: texts["app"], body: texts["body"], headers: fields.headers,
            duration: .milliseconds(fields.ms), error: texts["error"])
    }
}

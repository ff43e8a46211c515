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
    /// Further options, such as those for TLS by hand.
    var options: [String] = []

    init(_ method: String, _ url: String) {
        self.method = method
        self.url = url
    }

    /// Makes the calls, one after another, as the user of applications.
    func make(in namespace: Namespace, app: String) throws -> [Answer] {
        var words = [app, "call", "--method", method, "--url", url, "--protocol", spoken, "--times", "\(times)"]
        words += headers.flatMap { ["--header", $0] } + ["--timeout-ms", "5000"] + options
        let output = try Command(namespace.command(words, user: RunningPod.applicationUser)).check()
        let answers = output.split(separator: "\n").compactMap { LogFields(line: String($0)) }
        guard answers.count == times else {
            throw RigError(.program, "\(words.joined(separator: " ")) printed \(answers.count) answers, not \(times)")
        }
        return answers.map { Answer(status: $0["status"], app: $0["app"], body: $0["body"], error: $0["error"]) }
    }
}

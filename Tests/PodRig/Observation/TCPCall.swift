import Foundation

/// A TCP connection of the test application: perhaps a greeting, perhaps a line there and one back.
struct TCPCall {
    /// What came of it.
    struct Outcome {
        /// `answered`, `refused`, `reset`, `closed`, `timeout`, `tls` or `other: ...`.
        let end: String
        /// The application that answered a line.
        let app: String?
        /// The line with which the server spoke first.
        let banner: String?
        /// How many bytes came, in lines or not.
        let bytes: Int
        /// What there is to say of an error.
        let detail: String?

        var isAnswered: Bool { end == "answered" }
        /// The end for people, with the bytes of an end without an answer.
        var text: String { isAnswered ? "answered" : "\(end), \(bytes) bytes" }
    }

    /// `HOST:PORT` or `[IPv6]:PORT`.
    let address: String
    /// Whether the server speaks first.
    var isGreeted = false
    /// The line to send; `nil` for none, the greeting being all that is waited for.
    var line: String?
    /// Further options, such as those for TLS by hand.
    var options: [String] = []
    /// How long it may take.
    var limit = Duration.seconds(5)

    init(_ address: String, isGreeted: Bool = false, line: String?) {
        self.address = address
        self.isGreeted = isGreeted
        self.line = line
    }

    /// Makes the connection, as the user of applications.
    func make(in namespace: Namespace, app: String) throws -> Outcome {
        var words = [app, "call-tcp", "--address", address]
        words += (isGreeted ? ["--banner"] : []) + (line.map { ["--send", $0] } ?? [])
        words += ["--timeout-ms", "\(Int(limit / .milliseconds(1)))"] + options
        let output = try Command(namespace.command(words, user: RunningPod.applicationUser)).check()
        guard let fields = LogFields(line: output), let end = fields["end"] else {
            throw RigError(.program, "\(words.joined(separator: " ")) printed no result: \(output)")
        }
        return Outcome(
            end: end, app: fields["app"], banner: fields["banner"], bytes: fields.number("bytes") ?? 0,
            detail: fields["detail"])
    }
}

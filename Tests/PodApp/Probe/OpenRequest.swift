import NIOCore
import NIOHTTP1

/// A request of HTTP, or a line of text, for a connection that may be open already.
struct OpenRequest: Decodable, Sendable {
    /// What came of it.
    struct Answer: Encodable, Sendable {
        let id: Int
        /// The HTTP status.
        var status: Int?
        /// Which application answered.
        var app: String?
        /// How many bytes came on a connection of lines.
        var bytes = 0
        /// Whether the connection was made for this request.
        var isFirst: Bool
        var error: String?

        /// Answers the line of standard input.
        func write() { try? JSONLine.write(self) }
    }

    /// Stands in the answer.
    let id: Int
    /// `HOST:PORT`, `[IPv6]:PORT`.
    let endpoint: String
    /// The number of the connection; `nil` for a new one.
    let connection: Int?
    /// The path of a request; `nil` where lines are exchanged.
    let path: String?
    /// The line to be sent where there is no path; `nil` where the server speaks first and that is all.
    let line: String?

    /// How its connection is made.
    func dialing(timeout: Duration) throws -> Dialing {
        guard let endpoint = CallTarget.Endpoint(argument: endpoint) else {
            throw Failure(word: "other: \(endpoint) is no endpoint", detail: nil)
        }
        return Dialing(endpoint: endpoint, tls: nil, timeout: timeout)
    }

    /// Sends it on a connection of its own.
    func sendAlone(timeout: Duration) async {
        guard path == nil else {
            let (requests, connection) = AsyncStream.makeStream(of: OpenRequest.self)
            connection.yield(self)
            connection.finish()
            return await KeptConnection(timeout: timeout).send(requests)
        }
        var answer = Answer(id: id, isFirst: true)
        do {
            let channel = try await dialing(timeout: timeout).connect {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: $0)
            }
            try await channel.executeThenClose { input, output in
                var lines = LineIterator(input)
                defer { answer.bytes = lines.byteCount }
                if let line { try await output.write(line: line) }
                guard let text = try await lines.next() else { throw Failure.closed }
                answer.app = text.split(separator: " ").first.map(String.init)
            }
        } catch { answer.error = "\(Failure(error))" }
        answer.write()
    }
}

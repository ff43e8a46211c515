import NIOCore
import Synchronization

/// One TCP connection: perhaps a greeting, perhaps a line there and one back.
struct TCPCall: Sendable {
    /// The server's line is waited for before anything is sent.
    let isGreeted: Bool
    /// What is sent.
    let line: String?

    /// Makes the call, and records what comes of it as it comes.
    ///
    /// - Throws: what left the call without its lines.
    func make(_ dialing: Dialing, _ record: Record) async throws {
        let connection = try await dialing.connect {
            try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: $0)
        }
        record.connected()
        try await connection.executeThenClose { input, output in
            var lines = LineIterator(input)
            if isGreeted { try await record.greeted(read(&lines, record)) }
            guard let line else { return }
            do { try await output.write(line: line) } catch {
                // The other direction tells how the connection ended.
                _ = try await read(&lines, record)
                throw error
            }
            try await record.answered(read(&lines, record))
        }
    }

    private func read(_ lines: inout LineIterator, _ record: Record) async throws -> String {
        defer { record.received(lines) }
        guard let line = try await lines.next() else { throw Failure.closed }
        return line
    }
}

extension TCPCall {
    /// What has come of a call so far, also if it is cut short.
    final class Record: Sendable {
        private let start = ContinuousClock.now
        private let state = Mutex(TCPCallResult())

        /// What came of the call: `answered` unless it failed.
        var result: TCPCallResult {
            state.withLock { result in
                result.duration = ContinuousClock.now - start
                return result
            }
        }

        fileprivate func connected() {
            state.withLock { $0.connectDuration = ContinuousClock.now - start }
        }
        fileprivate func greeted(_ line: String) { state.withLock { $0.banner = line } }
        fileprivate func answered(_ line: String) { state.withLock { $0.answer = line } }
        fileprivate func received(_ lines: LineIterator) {
            state.withLock {
                $0.byteCount = lines.byteCount
                $0.received = String(decoding: lines.start, as: UTF8.self)
            }
        }
        /// The call has not got its lines.
        func failed(_ failure: Failure) { state.withLock { $0.failure = failure } }
    }
}

/// A line of the output of TCP calls; what is missing is written as null.
struct TCPCallResult: Encodable, Sendable {
    private enum CodingKeys: String, CodingKey {
        case end, app, banner, answer, received, bytes, detail
        case connectDuration = "connect_ms"
        case duration = "ms"
    }

    /// The line with which the server spoke first.
    fileprivate(set) var banner: String?
    /// The line that came back.
    fileprivate(set) var answer: String?
    /// The first 2 KB.
    fileprivate(set) var received = ""
    fileprivate(set) var byteCount = 0
    fileprivate(set) var failure: Failure?
    /// How long it took until the connection stood; `nil` if it never did.
    fileprivate(set) var connectDuration: Duration?
    fileprivate(set) var duration = Duration.zero

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(failure?.word ?? "answered", forKey: .end)
        try container.encode(answer?.split(separator: " ").first.map(String.init), forKey: .app)
        try container.encode(banner, forKey: .banner)
        try container.encode(answer, forKey: .answer)
        try container.encode(received, forKey: .received)
        try container.encode(byteCount, forKey: .bytes)
        try container.encodeIfPresent(failure?.detail, forKey: .detail)
        try container.encode(connectDuration?.milliseconds, forKey: .connectDuration)
        try container.encode(duration.milliseconds, forKey: .duration)
    }
}

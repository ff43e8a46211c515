import NIOCore

/// A connection that stays open, with a line there and one back at a steady rate.
struct LongConnection: Sendable {
    let dialing: Dialing
    /// The server speaks first.
    let isGreeted: Bool
    /// Lines a second.
    let rate: Double

    /// Connects, and sends lines until the connection or the task ends.
    func hold(number: Int, tally: ConnectionTally) async {
        var isOpen = false
        do {
            let connection = try await connect()
            try await connection.executeThenClose { input, output in
                var lines = LineIterator(input)
                if isGreeted {
                    try await greeting(&lines)
                    tally.opened()
                    isOpen = true
                }
                let start = ContinuousClock.now
                var count = 0
                while true {
                    let line = "\(number) \(count)"
                    let answer = try await exchange(line, &lines, output, tally)
                    if !isOpen {
                        tally.opened()
                        isOpen = true
                    }
                    tally.answered(answer, to: line)
                    count += 1
                    try await Task.sleep(until: start + .seconds(Double(count) / rate), clock: .continuous)
                }
            }
        } catch {
            tally.ended(Failure(error), wasOpen: isOpen)
        }
    }

    private func connect() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        let patience = TimeAmount(dialing.timeout) + .nanoseconds(Int64(1e9 / rate))
        return try await dialing.connect(isLasting: true) { channel in
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandlers([IdleStateHandler(readTimeout: patience), SilentPeer()])
            return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
        }
    }

    private func greeting(_ lines: inout LineIterator) async throws {
        guard try await lines.next() != nil else { throw Failure.closed }
    }

    private func exchange(
        _ line: String, _ lines: inout LineIterator, _ output: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        _ tally: ConnectionTally
    ) async throws -> String {
        tally.sent()
        do { try await output.write(line: line) } catch {
            // The other direction tells how the connection ended.
            _ = try await lines.next()
            throw error
        }
        guard let answer = try await lines.next() else { throw Failure.closed }
        return answer
    }
}

/// Ends a connection on which nothing has come for too long.
private final class SilentPeer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is IdleStateHandler.IdleStateEvent else { return context.fireUserInboundEventTriggered(event) }
        context.fireErrorCaught(Failure.timeout)
        context.close(promise: nil)
    }
}

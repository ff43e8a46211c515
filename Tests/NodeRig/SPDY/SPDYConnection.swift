import NIOCore

/// One stream that the client began.
struct SPDYStream: Sendable {
    let number: UInt32
    let headers: [String: String]
    /// What the client sends, until it has sent all.
    let input: AsyncStream<ByteBuffer>
    fileprivate let output: NIOAsyncChannelOutboundWriter<ByteBuffer>

    /// Sends something, or the end.
    func send(_ bytes: ByteBuffer = ByteBuffer(), isLast: Bool = false) async throws {
        try await output.write(SPDYFrame.data(stream: number, isLast: isLast, bytes))
    }
}

/// A connection after its upgrade to SPDY/3.1, on which the client begins streams.
struct SPDYConnection: Sendable {
    typealias Channel = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    let channel: Channel

    /// Hands over every stream, until the client goes away or `body` has ended.
    func run(_ body: @escaping @Sendable (AsyncStream<SPDYStream>) async throws -> Void) async throws {
        try await channel.executeThenClose { input, output in
            let (streams, source) = AsyncStream.makeStream(of: SPDYStream.self)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await body(streams) }
                group.addTask { try await Self.read(input, output, source) }
                try await group.next()
                source.finish()
                group.cancelAll()
            }
        }
    }

    private static func read(
        _ input: NIOAsyncChannelInboundStream<ByteBuffer>, _ output: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        _ source: AsyncStream<SPDYStream>.Continuation
    ) async throws {
        var headers = SPDYHeaders()
        var pending = ByteBuffer()
        var inputs: [UInt32: AsyncStream<ByteBuffer>.Continuation] = [:]
        defer {
            for input in inputs.values { input.finish() }
            source.finish()
        }
        for try await var bytes in input {
            pending.writeBuffer(&bytes)
            while let frame = SPDYFrame(&pending) {
                switch frame {
                case .begin(let number, let isLast, let block):
                    let fields = try headers.read(block)
                    let (input, own) = AsyncStream.makeStream(of: ByteBuffer.self)
                    if isLast { own.finish() } else { inputs[number] = own }
                    try await output.write(SPDYFrame.reply(stream: number, block: headers.emptyBlock()))
                    source.yield(SPDYStream(number: number, headers: fields, input: input, output: output))
                case .data(let number, let isLast, let bytes):
                    if bytes.readableBytes > 0 { inputs[number]?.yield(bytes) }
                    if isLast { inputs.removeValue(forKey: number)?.finish() }
                case .headers(let number, let isLast, let block):
                    _ = try headers.read(block)
                    if isLast { inputs.removeValue(forKey: number)?.finish() }
                case .reset(let number): inputs.removeValue(forKey: number)?.finish()
                case .ping(let number): try await output.write(SPDYFrame.pong(number))
                case .goAway, .other: break
                }
            }
            pending.discardReadBytes()
        }
    }
}

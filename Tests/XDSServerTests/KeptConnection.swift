import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP2

@testable import XDSServer

/// A connection with its keeper, by a clock that stands still between the steps of a test.
final class KeptConnection {
    let channel = EmbeddedChannel()
    private let time: Time
    private let streams: ConnectionKeeper.Streams
    private let silence: () -> Void

    /// The event loop's time, and how late it is by it.
    private final class Time {
        let loop: EmbeddedEventLoop
        var lateness = TimeAmount.zero
        init(_ loop: EmbeddedEventLoop) { self.loop = loop }
        var now: NIODeadline { loop.now + lateness }
    }

    /// - Parameter begins: Whether the proxy has said its settings.
    init(begins: Bool = true) throws {
        let time = Time(channel.embeddedEventLoop)
        self.time = time
        let keeper = ConnectionKeeper(channel, logger: Logger(label: "test"), clock: { time.now })
        streams = keeper.streams
        silence = { [channel] in channel.pipeline.fireChannelReadComplete() }
        try channel.pipeline.syncOperations.addHandler(keeper)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        if begins { try receive(.settings(.settings([]))) }
    }

    deinit { _ = try? channel.finish(acceptAlreadyClosed: true) }

    var isOpen: Bool { channel.isActive }

    /// Lets seconds pass.
    func pass(_ seconds: Double) { channel.embeddedEventLoop.advanceTime(by: Self.amount(seconds)) }

    /// Lets seconds pass in which the event loop does nothing; what is due then is done at their end.
    ///
    /// - Parameter due: When something is due, in seconds from now.
    func holdUp(_ seconds: Double, due: Double) {
        time.lateness = Self.amount(seconds - due)
        pass(due)
        time.lateness = .zero
        pass(seconds - due)
    }

    private static func amount(_ seconds: Double) -> TimeAmount { .milliseconds(Int64(seconds * 1_000)) }

    /// A frame comes.
    func receive(_ payload: HTTP2Frame.FramePayload) throws {
        try channel.writeInbound(HTTP2Frame(streamID: .rootStream, payload: payload))
        channel.embeddedEventLoop.run()
    }

    /// The proxy answers whatever it is asked.
    func answer(_ data: UInt64) throws { try receive(.ping(HTTP2PingData(withInteger: data), ack: true)) }

    /// Something of a stream comes, which the keeper sees only as the end of a read.
    func receiveOfStream() { silence() }

    /// The controller tells it to go.
    func quiesce() {
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        channel.embeddedEventLoop.run()
    }

    /// A stream begins.
    func open(_ id: HTTP2StreamID) { streams.streamCreated(id, channel: channel) }

    /// A stream ends.
    func close(_ id: HTTP2StreamID) {
        streams.streamClosed(id, channel: channel)
        channel.embeddedEventLoop.run()
    }

    /// An error arrives.
    func fail(_ error: any Error) { channel.pipeline.fireErrorCaught(error) }

    /// What the proxy was sent since the last time: pings by their number, good-byes by the last stream.
    func sent() throws -> [String] {
        var sent: [String] = []
        while let frame = try channel.readOutbound(as: HTTP2Frame.self) {
            switch frame.payload {
            case .ping(let data, let ack): sent.append("ping \(data.integer)\(ack ? " answered" : "")")
            case .goAway(let last, let code, _):
                sent.append("good-bye \(last == .maxID ? "any" : "\(Int(last))") \(code)")
            default: sent.append("\(frame.payload)")
            }
        }
        return sent
    }
}

internal import Logging
internal import NIOCore
internal import NIOHTTP2

/// Sees to the end of a connection: that one which is dead, idle, or never began goes, and that one which is told to go
/// first finishes its streams.
final class ConnectionKeeper: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    /// Within this time a connection must have finished its handshake of TLS and begun HTTP/2.
    private static let handshake = TimeAmount.seconds(20)
    /// A proxy that was silent for so long is asked whether it is there, and has so long to answer: who vanished is gone
    /// within 20 seconds, and a peer on a busy machine has almost half of them.
    private static let (silence, answer) = (TimeAmount.seconds(10), TimeAmount.seconds(9))
    /// How late an event loop may be to be trusted in that nobody answered.
    private static let tardiness = TimeAmount.seconds(1)
    /// Who opens no stream for so long goes.
    private static let idle = TimeAmount.seconds(60)
    /// Who does not go when told is cut off.
    private static let grace = TimeAmount.seconds(5)

    private static let (farewell, probe) = (HTTP2PingData(withInteger: 2), HTTP2PingData(withInteger: 1))

    private let channel: any Channel
    private let logger: Logger
    private let clock: () -> NIODeadline
    private let begin: NIODeadline
    private var lastRead: NIODeadline
    private var idleSince: NIODeadline
    private var asked: NIODeadline?
    private var leaving: NIODeadline?
    private var hasBegun = false
    private var openStreams = 0
    private var lastStream = HTTP2StreamID.rootStream
    private var next: Scheduled<Void>?
    private var due: NIODeadline

    /// - Parameter clock: Tells the time, also when the event loop is late.
    init(_ channel: any Channel, logger: Logger, clock: @escaping () -> NIODeadline = { .now() }) {
        self.channel = channel
        self.logger = logger
        self.clock = clock
        begin = clock()
        (lastRead, idleSince, due) = (begin, begin, begin)
    }

    func handlerAdded(context: ChannelHandlerContext) { schedule(context) }

    func handlerRemoved(context: ChannelHandlerContext) { cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !hasBegun {
            // The first is the proxy's settings: TLS and HTTP/2 have begun, and silence counts from here.
            (hasBegun, lastRead) = (true, clock())
            schedule(context)
        }
        guard case .ping(Self.farewell, ack: true) = Self.unwrapInboundIn(data).payload, leaving != nil else { return }
        // Whatever was opened before it knew is known by now.
        goAway(context, lastStream)
        closeIfDone()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        (lastRead, asked) = (clock(), nil)
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { leave(context) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // These are of a stream, which sees them, too.
        if error is NIOHTTP2Errors.StreamError || error is NIOHTTP2Errors.NoSuchStream { return }
        logger.debug("connection closed", metadata: ["reason": "\(error)", "peer": "\(peer)"])
        context.close(promise: nil)
    }

    private var peer: String { channel.remoteAddress.map { "\($0)" } ?? "" }

    /// Has the connection take no further streams, and closes it when it has none.
    private func leave(_ context: ChannelHandlerContext) {
        guard leaving == nil else { return }
        leaving = clock() + Self.grace
        guard hasBegun else { return context.close(promise: nil) }
        // A proxy may have opened one that has not arrived: only when it answers is it certain which was the last.
        goAway(context, .maxID)
        let ping = HTTP2Frame(streamID: .rootStream, payload: .ping(Self.farewell, ack: false))
        context.writeAndFlush(Self.wrapOutboundOut(ping), promise: nil)
        schedule(context)
    }

    private func goAway(_ context: ChannelHandlerContext, _ last: HTTP2StreamID) {
        let payload = HTTP2Frame.FramePayload.goAway(lastStreamID: last, errorCode: .noError, opaqueData: nil)
        context.writeAndFlush(
            Self.wrapOutboundOut(HTTP2Frame(streamID: .rootStream, payload: payload)), promise: nil)
    }

    private func closeIfDone() {
        guard leaving != nil, openStreams == 0 else { return }
        // The end of the last stream is written, but not flushed, when this is told.
        channel.eventLoop.execute { [channel] in channel.close(promise: nil) }
    }

    /// Looks what is due, and when to look again.
    private func look(_ context: ChannelHandlerContext) {
        let now = clock()
        if let leaving, now >= leaving { return context.close(promise: nil) }
        if !hasBegun, now >= begin + Self.handshake { return close(context, "it did not begin to speak HTTP/2") }
        if asked != nil, now >= due + Self.tardiness {
            // This event loop was held up: an answer may have come, and not been read yet.
            asked = now
        } else if let asked {
            if now >= asked + Self.answer { return close(context, "it does not answer") }
        } else if hasBegun, now >= lastRead + Self.silence {
            asked = now
            let ping = HTTP2Frame(streamID: .rootStream, payload: .ping(Self.probe, ack: false))
            context.writeAndFlush(Self.wrapOutboundOut(ping), promise: nil)
        }
        if hasBegun, openStreams == 0, leaving == nil, now >= idleSince + Self.idle { return leave(context) }
        schedule(context)
    }

    private func close(_ context: ChannelHandlerContext, _ reason: String) {
        logger.debug("connection closed", metadata: ["reason": "\(reason)", "peer": "\(peer)"])
        context.close(promise: nil)
    }

    private func schedule(_ context: ChannelHandlerContext) {
        var due = asked.map { $0 + Self.answer } ?? lastRead + Self.silence
        if !hasBegun { due = begin + Self.handshake }
        if hasBegun, openStreams == 0, leaving == nil { due = min(due, idleSince + Self.idle) }
        if let leaving { due = min(due, leaving) }
        next?.cancel()
        self.due = due
        next = context.eventLoop.assumeIsolated().scheduleTask(deadline: due) { self.look(context) }
    }

    private func cancel() {
        next?.cancel()
        next = nil
    }

    /// What is told of its streams.
    var streams: Streams { Streams(keeper: NIOLoopBound(self, eventLoop: channel.eventLoop)) }

    /// Counts the streams of a connection, on its event loop.
    struct Streams: NIOHTTP2StreamDelegate {
        fileprivate let keeper: NIOLoopBound<ConnectionKeeper>

        func streamCreated(_ id: HTTP2StreamID, channel: any Channel) {
            keeper.value.openStreams += 1
            keeper.value.lastStream = max(keeper.value.lastStream, id)
        }

        func streamClosed(_ id: HTTP2StreamID, channel: any Channel) {
            keeper.value.openStreams -= 1
            keeper.value.idleSince = keeper.value.clock()
            keeper.value.closeIfDone()
        }
    }
}

internal import Logging
internal import NIOCore

/// Closes a stream whose peer does not take what waits for it.
///
/// It works on the stream's channel, below the tasks that serve the stream: these may be over while the last of what
/// they wrote, the status included, still waits for the peer to open its window.
final class StalledStream: ChannelInboundHandler {
    typealias InboundIn = Any

    private let limit: TimeAmount
    private let logger: Logger
    private var end: Scheduled<Void>?

    /// - Parameter limit: How long what waits may be more than the channel's buffer takes without blocking the writer.
    init(limit: Duration, logger: Logger) {
        self.limit = TimeAmount(limit)
        self.logger = logger
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        end?.cancel()
        end = nil
        if !context.channel.isWritable {
            end = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { self.close(context) }
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end?.cancel()
        end = nil
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end?.cancel()
        end = nil
    }

    private func close(_ context: ChannelHandlerContext) {
        logger.warning(
            "stream closed: the proxy did not take what it was sent",
            metadata: [
                "seconds": "\(limit.nanoseconds / 1_000_000_000)",
                "peer": "\(context.channel.remoteAddress.map { "\($0)" } ?? "")",
            ])
        context.close(mode: .all, promise: nil)
    }
}

package import NIOCore
package import NIOHTTPTypes
internal import Synchronization

/// The connections of an endpoint: as many as are allowed, and none that makes no progress.
///
/// A client that opens too many does not keep others out: each further connection ends the one that has gone longest
/// without an answer, of those whose request is not being answered as long as there is one.
package final class OpenConnections: Sendable {
    /// How many and how long.
    package struct Limits: Sendable {
        /// The most connections at a time.
        package var count = 128
        /// The longest time until a client has sent something; with TLS, something within it.
        package var greeting = Duration.seconds(60)
        /// The longest time from the first byte of a request until the client has taken its answer whole.
        package var request = Duration.seconds(60)
        /// The longest silence between an answer and the next request.
        package var silence = Duration.seconds(60)

        /// The usual limits of an endpoint that is asked now and then.
        package init() {}
    }

    private struct State {
        var connections: [ObjectIdentifier: (channel: any Channel, isAsked: Bool, progress: UInt64)] = [:]
        /// Counts progress of any connection: who has the least number has waited longest.
        var clock: UInt64 = 0
        var hasEnded = false

        mutating func tick() -> UInt64 {
            clock += 1
            return clock
        }
    }

    let limits: Limits
    private let state = Mutex(State())

    /// The connections of a server that starts.
    package init(_ limits: Limits) { self.limits = limits }

    /// Takes up a new connection.
    func opened(_ channel: any Channel) {
        let excess = state.withLock { state -> (any Channel)? in
            if state.hasEnded { return channel }
            state.connections[ObjectIdentifier(channel)] = (channel, false, state.tick())
            guard state.connections.count > limits.count else { return nil }
            return state.connections.min { first, second in
                if first.value.isAsked != second.value.isAsked { return second.value.isAsked }
                return first.value.progress < second.value.progress
            }.flatMap { state.connections.removeValue(forKey: $0.key)?.channel }
        }
        excess?.close(promise: nil)
    }

    /// Notes that a client has sent a whole request.
    func asked(_ channel: any Channel) {
        state.withLock { $0.connections[ObjectIdentifier(channel)]?.isAsked = true }
    }

    /// Notes that a client is answered.
    func progressed(_ channel: any Channel) {
        state.withLock { state in
            let progress = state.tick()
            state.connections[ObjectIdentifier(channel)]?.progress = progress
            state.connections[ObjectIdentifier(channel)]?.isAsked = false
        }
    }

    /// Closes all, and each that comes.
    package func end() {
        let open = state.withLock { state in
            state.hasEnded = true
            return state.connections.values.map(\.channel)
        }
        for channel in open { channel.close(promise: nil) }
    }

    /// Forgets a connection.
    func closed(_ channel: any Channel) { state.withLock { $0.connections[ObjectIdentifier(channel)] = nil } }
}

/// Notes the progress of one connection, and ends it if there is none.
///
/// Only what the client has taken counts: who sends a request bit by bit, or does not read, makes no progress. When the
/// server stops, who asked nothing goes at once, and who was not answered yet soon.
package final class ConnectionProgress: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPRequestPart
    package typealias OutboundIn = Any

    /// How long an answer may still take when the server stops.
    private static let grace = Duration.seconds(5)

    private let connections: OpenConnections
    private var end: Scheduled<Void>?
    /// Whether a request has begun that is not answered.
    private var isAsked = false
    private var isEnding = false

    /// The handler of one connection.
    package init(_ connections: OpenConnections) { self.connections = connections }

    package func handlerAdded(context: ChannelHandlerContext) {
        connections.opened(context.channel)
        schedule(context, in: connections.limits.greeting)
    }

    package func handlerRemoved(context: ChannelHandlerContext) { forget(context) }

    package func channelInactive(context: ChannelHandlerContext) {
        forget(context)
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isAsked {
            isAsked = true
            schedule(context, in: connections.limits.request)
        }
        // Who has sent a request only in part may have nothing more to send.
        if case .end = unwrapInboundIn(data) { connections.asked(context.channel) }
        context.fireChannelRead(data)
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // Before the client can know of the answer, so that no connection that it opens then comes before this.
        connections.progressed(context.channel)
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { [self] in
            isAsked = false
            guard context.channel.isActive, !isEnding else { return }
            schedule(context, in: connections.limits.silence)
        }
        context.write(data, promise: written)
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        guard event is ChannelShouldQuiesceEvent, context.channel.isActive else { return }
        isEnding = true
        if isAsked { schedule(context, in: Self.grace) } else { context.close(promise: nil) }
    }

    private func schedule(_ context: ChannelHandlerContext, in time: Duration) {
        end?.cancel()
        end = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { context.close(promise: nil) }
    }

    private func forget(_ context: ChannelHandlerContext) {
        end?.cancel()
        end = nil
        connections.closed(context.channel)
    }
}

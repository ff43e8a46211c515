internal import NIOCore
internal import Synchronization

/// How many clients a server of webhooks has, how slow they may be, and how much they may send.
package struct AdmissionLimits: Sendable {
    /// The largest body: the API server's own limit is 3 MiB an object, and a request has two.
    package var body = 8 * 1024 * 1024
    /// The most bytes of all bodies together.
    package var bodies = 64 * 1024 * 1024
    /// The most connections: the API server has one for each request that it waits for.
    package var connections = 2000
    /// The longest time until a client has sent something over TLS.
    package var greeting = Duration.seconds(10)
    /// The longest time from the first byte of a request until its answer is taken: as long as the API server waits.
    package var request = Duration.seconds(30)
    /// The longest silence between requests: longer than the 90 seconds after which the API server itself closes, so
    /// that no request meets a connection that is being closed.
    package var silence = Duration.seconds(600)

    /// The usual limits.
    package init() {}
}

/// The connections of a server: as many as are allowed.
///
/// Each further one ends the one that has waited longest, of those that have asked nothing as long as there is one.
final class AdmissionConnections: Sendable {
    private struct Connection {
        let channel: any Channel
        var isAsked = false
        var turn: UInt64
    }

    private struct State {
        var connections: [ObjectIdentifier: Connection] = [:]
        var turn: UInt64 = 0
        var hasEnded = false

        mutating func next() -> UInt64 {
            turn += 1
            return turn
        }
    }

    let limits: AdmissionLimits
    private let state = Mutex(State())

    init(_ limits: AdmissionLimits) { self.limits = limits }

    /// Takes up a new connection.
    func opened(_ channel: any Channel) {
        let excess = state.withLock { state -> (any Channel)? in
            if state.hasEnded { return channel }
            state.connections[ObjectIdentifier(channel)] = Connection(channel: channel, turn: state.next())
            guard state.connections.count > limits.connections else { return nil }
            let last = state.connections.min {
                ($0.value.isAsked ? 1 : 0, $0.value.turn) < ($1.value.isAsked ? 1 : 0, $1.value.turn)
            }
            return last.flatMap { state.connections.removeValue(forKey: $0.key)?.channel }
        }
        excess?.close(promise: nil)
    }

    /// Notes that a client asks, or was answered.
    func noted(_ channel: any Channel, isAsked: Bool) {
        state.withLock { state in
            let turn = state.next()
            state.connections[ObjectIdentifier(channel)]?.isAsked = isAsked
            state.connections[ObjectIdentifier(channel)]?.turn = turn
        }
    }

    /// Forgets a connection.
    func closed(_ channel: any Channel) { state.withLock { $0.connections[ObjectIdentifier(channel)] = nil } }

    /// Closes all, and each that comes.
    func end() {
        let open = state.withLock { state in
            state.hasEnded = true
            return state.connections.values.map(\.channel)
        }
        for channel in open { channel.close(promise: nil) }
    }
}

/// Ends a connection that makes no progress; when the server stops, one that asks nothing at once.
final class ConnectionDeadline: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = Any
    typealias OutboundIn = Any

    /// How long an answer may still take when the server stops.
    private static let grace = Duration.seconds(5)

    private let connections: AdmissionConnections
    private var end: Scheduled<Void>?
    private var isAsked = false
    private var isEnding = false

    init(_ connections: AdmissionConnections) { self.connections = connections }

    func handlerAdded(context: ChannelHandlerContext) {
        connections.opened(context.channel)
        schedule(context, in: connections.limits.greeting)
    }

    func handlerRemoved(context: ChannelHandlerContext) { forget(context) }

    func channelInactive(context: ChannelHandlerContext) {
        forget(context)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isAsked {
            isAsked = true
            connections.noted(context.channel, isAsked: true)
            schedule(context, in: connections.limits.request)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { [self] in
            isAsked = false
            connections.noted(context.channel, isAsked: false)
            guard context.channel.isActive, !isEnding else { return }
            schedule(context, in: connections.limits.silence)
        }
        context.write(data, promise: written)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
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

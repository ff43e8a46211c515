internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// A stream on the wire: gRPC over a stream of HTTP/2, on its event loop.
///
/// It finds out whose stream it is before it reads a message, hands messages to the proxy's session, and writes what the
/// session wants sent as long as the proxy takes it.
final class DiscoveryStream: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private enum Phase {
        case waiting
        /// Its proxy is being found out.
        case authenticating(Errand)
        case serving(AggregatedDiscovery.Entry)
        /// Its status was written.
        case ended
    }

    private let discovery: AggregatedDiscovery
    private let connection: ServedConnection
    private let patience: TimeAmount
    private var phase = Phase.waiting
    private var framing = MessageFraming(limit: ProxySession.maximumRequest)
    private var hasHeaders = false
    /// Whether the proxy has closed its side.
    private var isHalfClosed = false
    /// The place that its proxy has for it until all is taken.
    private var place: AggregatedDiscovery.Entry?
    /// When it is closed because its proxy does not take what it is sent.
    private var stall: Scheduled<Void>?
    private var deadline: Scheduled<Void>?
    private var reason: String?
    /// Whether a request was taken up after which nobody looked what is to be sent.
    private var hasReceived = false

    /// - Parameter patience: How long what waits may be more than the stream's buffer takes.
    init(_ discovery: AggregatedDiscovery, _ connection: ServedConnection, patience: Duration) {
        self.discovery = discovery
        self.connection = connection
        self.patience = TimeAmount(patience)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .headers(let frame):
            if frame.endStream { isHalfClosed = true }
            if case .waiting = phase { begin(frame.headers, context) } else { takeUp(context) }
        case .data(let frame):
            if frame.endStream { isHalfClosed = true }
            // What comes after the end is not kept: its status may wait long for a proxy that takes nothing.
            if case .ended = phase { return }
            if case .byteBuffer(var bytes) = frame.data { framing.append(&bytes) }
            takeUp(context)
        default: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // After all that came at once, so that one answer serves several requests.
        if hasReceived { look(context) }
        context.fireChannelReadComplete()
    }

    // MARK: - The beginning

    private func begin(_ headers: HPACKHeaders, _ context: ChannelHandlerContext) {
        let call: StreamCall
        do throws(StreamCall.Refusal) {
            call = try StreamCall(headers)
        } catch {
            switch error {
            case .http(let code): return end(context, [":status": String(code)])
            case .status(let status): return end(context, with: status)
            }
        }
        if let limit = call.deadline {
            deadline = context.eventLoop.assumeIsolated().scheduleTask(in: limit) {
                self.end(context, with: StreamStatus(code: .deadlineExceeded, message: "the proxy's deadline is over"))
            }
        }
        // What comes meanwhile is not more than a window.
        setReading(false, context)
        let (bound, eventLoop) = (NIOLoopBound((self, context), eventLoop: context.eventLoop), context.eventLoop)
        let discovery = discovery
        phase = .authenticating(
            discovery.errands.send {
                let result: Result<AuthenticatedProxy, any Error>
                do { result = .success(try await discovery.authenticate(call.token)) } catch {
                    result = .failure(error)
                }
                eventLoop.execute {
                    let (stream, context) = bound.value
                    stream.authenticated(result, call, context)
                }
            })
    }

    private func authenticated(
        _ result: Result<AuthenticatedProxy, any Error>, _ call: StreamCall, _ context: ChannelHandlerContext
    ) {
        guard case .authenticating = phase else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let wakeup = StreamWakeup(context.eventLoop) {
            let (stream, context) = bound.value
            stream.look(context)
        }
        do {
            let entry = try discovery.enter(call.variant, try result.get(), connection, wake: wakeup.signal)
            (phase, place) = (.serving(entry), entry)
        } catch {
            return end(context, with: error as? StreamStatus ?? .unknown(error))
        }
        hasHeaders = true
        context.writeAndFlush(Self.wrapOutboundOut(.headers(.init(headers: .beforeMessages))), promise: nil)
        setReading(true, context)
        takeUp(context)
        look(context)
    }

    private func setReading(_ isReading: Bool, _ context: ChannelHandlerContext) {
        // On its own event loop this takes effect at once.
        context.channel.setOption(.autoRead, value: isReading).whenFailure { _ in }
        if isReading { context.read() }
    }

    // MARK: - Messages

    /// Hands on the messages that are whole.
    private func takeUp(_ context: ChannelHandlerContext) {
        guard case .serving(let entry) = phase else { return }
        do throws(StreamStatus) {
            while let message = try framing.next() {
                try entry.session.receive(message)
                hasReceived = true
            }
        } catch {
            return end(context, with: error)
        }
        if isHalfClosed { end(context, with: framing.isWithinMessage ? .cutOff : .ok) }
    }

    /// Writes what is to be sent, as long as the proxy takes it.
    private func look(_ context: ChannelHandlerContext) {
        hasReceived = false
        guard case .serving(let entry) = phase else { return }
        if let status = entry.session.ending { return end(context, with: status) }
        do throws(StreamStatus) {
            guard context.channel.isWritable else { return }
            let messages = try entry.session.next()
            for message in messages { write(message, context) }
            if !messages.isEmpty { context.flush() }
        } catch {
            end(context, with: error)
        }
    }

    private func write(_ message: ProxySession.Outgoing, _ context: ChannelHandlerContext) {
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { [discovery] result in
            if case .success = result {
                discovery.handed(message, isTaken: true)
            } else {
                discovery.handed(message, isTaken: false)
            }
        }
        context.write(Self.wrapOutboundOut(.data(.init(data: .byteBuffer(message.bytes)))), promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            if case .ended = phase {} else { stopClock() }
            look(context)
        } else if stall == nil {
            closeLater(context)
        }
        context.fireChannelWritabilityChanged()
    }

    /// Closes the stream when its proxy has not taken what waits for it in time.
    private func closeLater(_ context: ChannelHandlerContext) {
        stall?.cancel()
        stall = context.eventLoop.assumeIsolated().scheduleTask(in: patience) {
            self.reason = "the proxy did not take what it was sent"
            self.discovery.stalled(self.place, self.connection, after: self.patience)
            context.close(promise: nil)
        }
    }

    private func stopClock() {
        stall?.cancel()
        stall = nil
    }

    // MARK: - The end

    private func end(_ context: ChannelHandlerContext, with status: StreamStatus) {
        if case .ended = phase { return }
        reason = status.code == .ok ? nil : status.description
        end(context, .trailers(status, isOnly: !hasHeaders))
    }

    private func end(_ context: ChannelHandlerContext, _ headers: HPACKHeaders) {
        leave()
        let promise = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        promise.futureResult.whenSuccess {
            // Who has not closed its side is told that nothing more is wanted.
            let (stream, context) = bound.value
            guard !stream.isHalfClosed else { return }
            context.writeAndFlush(Self.wrapOutboundOut(.rstStream(.noError)), promise: nil)
        }
        context.writeAndFlush(
            Self.wrapOutboundOut(.headers(.init(headers: headers, endStream: true))), promise: promise)
        setReading(true, context)
        closeLater(context)
    }

    /// Is served no more.
    private func leave() {
        deadline?.cancel()
        deadline = nil
        switch phase {
        case .waiting, .ended: break
        case .authenticating(let errand): errand.cancel()
        case .serving(let entry): discovery.leave(entry, because: reason)
        }
        phase = .ended
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        reason = reason ?? "\(error)"
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { finish() }

    private func finish() {
        if !isHalfClosed, reason == nil { reason = "the connection was closed" }
        leave()
        stopClock()
        if let place { discovery.release(place) }
        place = nil
    }
}

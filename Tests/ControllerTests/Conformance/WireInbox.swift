import NIOCore
import NIOHPACK
import Synchronization

/// What has come on a connection, and what may still be sent on it.
final class WireInbox: Sendable {
    /// One stream.
    struct Stream: Sendable {
        /// The blocks of header fields, in order.
        var headers: [HPACKHeaders] = []
        /// Bytes that are not taken as messages yet.
        var data: [UInt8] = []
        /// How many bytes came, in how many frames.
        var bytes = 0
        var frames = 0
        var isEnded = false
        /// The code with which the server reset it.
        var reset: UInt32?
        /// How much may be sent on it.
        var window: Int
    }

    struct State: Sendable {
        var streams: [UInt32: Stream] = [:]
        /// Frames that belong to no message, in order.
        var control: [WireFrame] = []
        var settings: [UInt16: UInt32] = [:]
        /// How much may be sent on the connection.
        var window = 65_535
        var isClosed = false
        var failure: String?
        var lastStream: UInt32 = 0

        /// How much may be sent on a new stream.
        var initialWindow: Int { Int(settings[WireFrame.Setting.initialWindow.rawValue] ?? 65_535) }
        var hasSettings: Bool { control.contains { $0.isKnown == .settings && !$0.has(WireFrame.acknowledgement) } }
        /// The code of the first good-bye. (What a client sends after the last stream of a connection that was told to go has
        /// ended, swift-nio-http2 answers with another one, PROTOCOL_ERROR.)
        var firstGoAway: UInt32? { control.first { $0.isKnown == .goAway }?.number(at: 4) }
        /// The code of the server's last good-bye; `nil` without one.
        var goAway: UInt32? { control.last { $0.isKnown == .goAway }?.number(at: 4) }
        /// How many frames of a kind came.
        func count(_ kind: WireFrame.Kind, acknowledgements: Bool = false) -> Int {
            control.count { $0.isKnown == kind && $0.has(WireFrame.acknowledgement) == acknowledgements }
        }
    }

    private let state = Mutex(State())
    var now: State { state.withLock(\.self) }
    func with<Result>(_ body: (inout sending State) -> sending Result) -> sending Result { state.withLock(body) }
}

/// Sorts the frames that come, and answers those that want an answer.
final class WireReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let inbox: WireInbox
    private let manners: WireConnection.Manners
    private var received = ByteBuffer()
    private var decoder: HPACKDecoder
    /// A block of header fields that is not whole, and whether its stream ends with it.
    private var block: (bytes: [UInt8], ends: Bool) = ([], false)

    init(_ inbox: WireInbox, _ manners: WireConnection.Manners) {
        self.inbox = inbox
        self.manners = manners
        decoder = HPACKDecoder(allocator: ByteBufferAllocator(), maxDynamicTableSize: manners.tableSize)
    }

    /// The preface goes out before anything is answered.
    func channelActive(context: ChannelHandlerContext) {
        if manners.begins {
            let bytes = WireFrame.preface + manners.settings.bytes()
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        while let frame = WireFrame(takenFrom: &received) { take(frame, context) }
        received.discardReadBytes()
    }

    func channelInactive(context: ChannelHandlerContext) {
        inbox.with { $0.isClosed = true }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        inbox.with { $0.failure = $0.failure ?? "\(error)" }
        context.close(promise: nil)
    }

    private func take(_ frame: WireFrame, _ context: ChannelHandlerContext) {
        switch frame.isKnown {
        case .data:
            inbox.with { state in
                state.change(frame.stream) { stream in
                    stream.data += frame.unpadded
                    stream.bytes += frame.payload.count
                    stream.frames += 1
                    stream.isEnded = stream.isEnded || frame.has(WireFrame.endStream)
                }
            }
            guard manners.opensWindows, !frame.payload.isEmpty else { return }
            answer(.windowUpdate(0, by: frame.payload.count), context)
            answer(.windowUpdate(frame.stream, by: frame.payload.count), context)
        case .headers:
            block = (frame.unpadded, frame.has(WireFrame.endStream))
            if frame.has(WireFrame.endHeaders) { takeBlock(frame.stream) }
        case .continuation:
            block.bytes += frame.payload
            if frame.has(WireFrame.endHeaders) { takeBlock(frame.stream) }
        default:
            note(frame)
            guard !frame.has(WireFrame.acknowledgement) else { return }
            if frame.isKnown == .settings, manners.acknowledgesSettings {
                answer(WireFrame(.settings, flags: WireFrame.acknowledgement), context)
            }
            if frame.isKnown == .ping, manners.answersPings {
                answer(WireFrame(.ping, flags: WireFrame.acknowledgement, frame.payload), context)
            }
        }
    }

    private func takeBlock(_ stream: UInt32) {
        var bytes = ByteBuffer(bytes: block.bytes)
        let ends = block.ends
        do {
            let headers = try decoder.decodeHeaders(from: &bytes)
            inbox.with { state in
                state.change(stream) { stream in
                    stream.headers.append(headers)
                    stream.isEnded = stream.isEnded || ends
                }
            }
        } catch {
            inbox.with { $0.failure = "header fields: \(error)" }
        }
    }

    private func note(_ frame: WireFrame) {
        inbox.with { state in
            state.control.append(frame)
            switch frame.isKnown {
            case .settings where !frame.has(WireFrame.acknowledgement):
                let before = state.initialWindow
                state.settings.merge(frame.settings) { $1 }
                let change = state.initialWindow - before
                for id in state.streams.keys { state.streams[id]?.window += change }
            case .windowUpdate where frame.stream == 0: state.window += Int(frame.number(at: 0))
            case .windowUpdate: state.streams[frame.stream]?.window += Int(frame.number(at: 0))
            case .reset: state.change(frame.stream) { $0.reset = frame.number(at: 0) }
            default: break
            }
        }
    }

    private func answer(_ frame: WireFrame, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: frame.bytes())), promise: nil)
    }
}

extension WireInbox.State {
    fileprivate mutating func change(_ id: UInt32, _ body: (inout WireInbox.Stream) -> Void) {
        var stream = streams[id] ?? WireInbox.Stream(window: initialWindow)
        body(&stream)
        streams[id] = stream
    }
}

extension WireFrame {
    fileprivate var unpadded: [UInt8] {
        guard has(Self.padded), let count = payload.first else { return payload }
        return Array(payload.dropFirst().dropLast(Int(count)))
    }
}

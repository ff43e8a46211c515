import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// A connection to the xDS port of which a test decides each frame.
///
/// It shares no code with the server, nor with a library of HTTP/2 or gRPC but for the table of header fields.
struct WireConnection: Sendable {
    /// What a connection does by itself.
    struct Manners: Sendable {
        /// What it offers in the TLS handshake.
        var applicationProtocols = ["h2"]
        /// Whether TLS is spoken at all.
        var speaksTLS = true
        /// Whether it begins with the preface and these settings.
        var begins = true
        var settings = WireFrame.settings([:])
        var opensWindows = true
        var answersPings = true
        var acknowledgesSettings = true
        /// How large its table of header fields is.
        var tableSize = 4_096
        /// The address of this host from which it comes; the one that it goes to by default.
        var source: String?
        /// Whether it reads from its socket once it was sent the settings.
        var reads = true
    }

    /// The name by which proxies know the controller.
    static let authority = "osm-controller.osm-system.svc"

    private let channel: any Channel
    private let inbox: WireInbox

    /// Connects, hands the connection to a body, and closes it.
    ///
    /// - Parameter rootsPEM: What the server is to be trusted by.
    static func with<Result: Sendable>(
        port: Int, rootsPEM: String, _ manners: Manners = Manners(),
        _ body: (WireConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try await connect(port: port, rootsPEM: rootsPEM, manners)
        do {
            let result = try await body(connection)
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }

    /// A thread of their own: floods must not take those on which the server of another test is served.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Connects; whoever calls closes.
    static func connect(port: Int, rootsPEM: String, _ manners: Manners = Manners()) async throws -> WireConnection {
        let context = try context(rootsPEM, manners.applicationProtocols)
        let inbox = WireInbox()
        var bootstrap = ClientBootstrap(group: group)
        if let source = manners.source {
            bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: source, port: 0))
        }
        let channel =
            try await bootstrap
            .channelOption(.autoRead, value: manners.reads || manners.speaksTLS)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handlers = channel.pipeline.syncOperations
                    if manners.speaksTLS {
                        try handlers.addHandler(NIOSSLClientHandler(context: context, serverHostname: authority))
                    }
                    try handlers.addHandler(WireReader(inbox, manners))
                }
            }.connect(host: "127.0.0.1", port: port).get()
        let connection = WireConnection(channel: channel, inbox: inbox)
        do {
            // When this is written the handshake is over, and what the connection begins with has gone out.
            if manners.speaksTLS { try await connection.send(bytes: []) }
            if !manners.reads {
                try await connection.until("the settings") { $0.hasSettings }
                try await channel.setOption(.autoRead, value: false).get()
            }
        } catch {
            await connection.close()
            throw error
        }
        return connection
    }

    private static func context(_ rootsPEM: String, _ protocols: [String]) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(rootsPEM.utf8)))
        configuration.applicationProtocols = protocols
        return try NIOSSLContext(configuration: configuration)
    }

    /// Closes the connection without a word.
    func close() async {
        channel.close(promise: nil)
        try? await channel.closeFuture.get()
    }

    /// What has come so far.
    var received: WireInbox.State { inbox.now }

    /// Sends bytes, as soon as the server takes them.
    ///
    /// - Throws: `Closed` once the connection is.
    func send(bytes: [UInt8]) async throws {
        do { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() } catch {
            throw closed("\(error)")
        }
    }

    /// A connection that is closed, with all that is known of the reason.
    struct Closed: Error, CustomStringConvertible {
        let description: String
    }

    func closed(_ cause: String) -> Closed {
        let state = received
        let farewell = state.control.last { $0.isKnown == .goAway }
        let words = farewell.map { String(decoding: $0.payload.dropFirst(8), as: UTF8.self) } ?? ""
        let code = state.goAway.map { "good-bye \($0) \(words)" } ?? "no good-bye"
        return Closed(description: "\(cause); \(code); \(state.failure ?? "no error before")")
    }

    /// Sends bytes, and waits three seconds at most until the server takes some.
    ///
    /// - Returns: Whether it did.
    /// - Throws: `Closed` once the connection is.
    func offer(bytes: [UInt8]) async throws -> Bool {
        guard channel.isActive else { throw closed("nothing can be sent") }
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        let limit = ContinuousClock.now + .seconds(3)
        while !channel.isWritable, channel.isActive {
            guard .now < limit else { return false }
            try await Task.sleep(for: .milliseconds(1))
        }
        return true
    }

    /// Sends frames, all at once.
    func send(_ frames: WireFrame...) async throws { try await send(bytes: frames.flatMap { $0.bytes() }) }

    /// Waits for a condition, for a minute at most if nothing else is said.
    ///
    /// - Throws: `RunningController.NeverHappened`, or `Closed` once the connection is and the condition does not hold.
    func until(
        _ what: String, within time: Duration = .seconds(60), _ condition: (WireInbox.State) -> Bool
    ) async throws {
        let limit = ContinuousClock.now + time
        while true {
            let state = received
            if condition(state) { return }
            guard !state.isClosed, .now < limit else {
                if state.isClosed { throw closed("the connection ended before \(what)") }
                throw RunningController.NeverHappened(description: "\(time) passed before \(what)")
            }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    /// Waits until the server closes the connection, for a minute at most.
    func untilClosed() async throws { try await until("the server closes") { $0.isClosed } }

    /// Waits until the server has taken up everything that was sent before, as its answer to a ping shows.
    func ping() async throws {
        let mark = (0..<8).map { _ in UInt8.random(in: .min ... .max) }
        try await send(WireFrame(.ping, mark))
        try await until("the ping is answered") { state in
            state.control.contains {
                $0.isKnown == .ping && $0.has(WireFrame.acknowledgement) && $0.payload == mark
            }
        }
    }

    /// Opens a stream.
    func open(_ fields: [WireFields.Field], ends: Bool = false) async throws -> WireCall {
        let call = WireCall(connection: self, id: nextStream())
        try await send(call.headers(fields, ends: ends))
        return call
    }

    /// The number of the next stream.
    func nextStream() -> UInt32 {
        inbox.with { state in
            state.lastStream += state.lastStream == 0 ? 1 : 2
            state.streams[state.lastStream] = WireInbox.Stream(window: state.initialWindow)
            return state.lastStream
        }
    }

    /// Takes as much of a number of bytes as the windows have room for.
    func takeRoom(_ stream: UInt32, _ count: Int) -> Int {
        inbox.with { state in
            let room = max(0, min(count, state.window, state.streams[stream]?.window ?? 0, 16_384))
            state.window -= room
            state.streams[stream]?.window -= room
            return room
        }
    }

    /// Takes the next message of a stream off what has come; `nil` if it is not there as a whole.
    func takeMessage(_ stream: UInt32) -> [UInt8]? {
        inbox.with { state in
            guard let data = state.streams[stream]?.data, data.count >= 5 else { return nil }
            let length = data[1..<5].reduce(0) { $0 << 8 | Int($1) }
            guard data.count >= 5 + length else { return nil }
            state.streams[stream]?.data.removeFirst(5 + length)
            return Array(data[5..<5 + length])
        }
    }
}

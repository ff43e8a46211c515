import NIOHPACK

/// One stream of gRPC (github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md), by hand.
struct WireCall: Sendable {
    let connection: WireConnection
    let id: UInt32

    /// How a stream ended.
    struct End: Sendable {
        /// The first and the last block of header fields.
        let first: HPACKHeaders
        let last: HPACKHeaders
        /// Whether both are one.
        let isTrailersOnly: Bool
        /// The code with which it was reset.
        let reset: UInt32?
        /// Whether it was ended by the server at all, and not by the end of the connection.
        let isByServer: Bool

        var httpStatus: String? { first.first(name: ":status") }
        var contentType: String? { first.first(name: "content-type") }
        /// The status of gRPC as a number; `nil` without one.
        var status: Int? { last.first(name: "grpc-status").flatMap { Int($0) } }
        var message: String? { last.first(name: "grpc-message") }
    }

    /// Numbers of statuses of gRPC.
    enum Status {
        static let ok = 0
        static let cancelled = 1
        static let unknown = 2
        static let invalidArgument = 3
        static let deadlineExceeded = 4
        static let permissionDenied = 7
        static let resourceExhausted = 8
        static let unimplemented = 12
        static let `internal` = 13
        static let unavailable = 14
        static let unauthenticated = 16
    }

    private static let service = "/envoy.service.discovery.v3.AggregatedDiscoveryService"
    static let delta = "\(service)/DeltaAggregatedResources"
    static let stateOfTheWorld = "\(service)/StreamAggregatedResources"

    /// The header fields of a call, in the order that the specification gives them.
    static func fields(
        path: String = delta, token: String?, method: String = "POST", type: String? = "application/grpc",
        timeout: String? = nil, more: [WireFields.Field] = []
    ) -> [WireFields.Field] {
        var fields: [WireFields.Field] = [
            (":method", method), (":scheme", "https"), (":path", path), (":authority", WireConnection.authority),
            ("te", "trailers"),
        ]
        if let timeout { fields.append(("grpc-timeout", timeout)) }
        if let type { fields.append(("content-type", type)) }
        if let token { fields.append(("authorization", "Bearer \(token)")) }
        return fields + more
    }

    func headers(_ fields: [WireFields.Field], ends: Bool = false) -> WireFrame {
        WireFrame(
            .headers, flags: WireFrame.endHeaders | (ends ? WireFrame.endStream : 0), stream: id,
            WireFields.block(fields))
    }

    /// A message with the five bytes before it.
    static func framed(_ message: [UInt8], flag: UInt8 = 0) -> [UInt8] {
        [flag] + UInt32(message.count).bigEndianBytes + message
    }

    /// Sends a message.
    func send(_ message: [UInt8]) async throws { try await send(bytes: Self.framed(message)) }

    /// Sends bytes in frames of a size at most, as far as the server's windows allow, and waits for room for the rest.
    ///
    /// - Throws: `RunningController.NeverHappened` once the stream is over.
    func send(bytes: [UInt8], by size: Int = 16_384, ends: Bool = false) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let room = connection.takeRoom(id, min(size, rest.count))
            guard room > 0 else {
                try await connection.until("the server takes more") { state in
                    guard let stream = state.streams[id], stream.reset == nil, !stream.isEnded else { return true }
                    return state.window > 0 && stream.window > 0
                }
                if isOver {
                    throw RunningController.NeverHappened(description: "the server took all: the stream is over")
                }
                continue
            }
            try await connection.send(
                WireFrame(
                    .data, flags: ends && room == rest.count ? WireFrame.endStream : 0, stream: id,
                    Array(rest.prefix(room))))
            rest = rest.dropFirst(room)
        }
    }

    /// Asks for something for which its windows have no room, and then has the server end the stream: its status waits
    /// behind the answer.
    func end(_ request: [UInt8]) async throws {
        try await connection.until("the stream is served") { $0.streams[id]?.headers.isEmpty == false }
        try await send(request)
        // When this is answered there is an answer to the request, too.
        try await connection.ping()
        // No message begins so.
        try await send(bytes: [2, 0, 0, 0, 0])
        try await connection.ping()
    }

    /// Says that nothing more will be sent.
    func finish() async throws { try await connection.send(WireFrame(.data, flags: WireFrame.endStream, stream: id)) }

    /// Whether the server has ended the stream.
    var isOver: Bool {
        let state = connection.received
        guard let stream = state.streams[id] else { return true }
        return stream.isEnded || stream.reset != nil || state.isClosed
    }

    /// The next message; `nil` once the stream has ended.
    func next() async throws -> [UInt8]? {
        while true {
            // In this order: what came before the end is still there.
            let isOver = isOver
            if let message = connection.takeMessage(id) { return message }
            if isOver { return nil }
            try await connection.until("a message") { state in
                guard let stream = state.streams[id], !stream.isEnded, stream.reset == nil, !state.isClosed else {
                    return true
                }
                return stream.data.count >= 5
            }
            if connection.takesTime(id) { try await Task.sleep(for: .milliseconds(1)) }
        }
    }

    /// Waits for the end of the stream, however it comes; messages before it are left aside.
    func end(within time: Duration = .seconds(60)) async throws -> End {
        try await connection.until("the stream's end", within: time) { state in
            guard let stream = state.streams[id] else { return true }
            return stream.isEnded || stream.reset != nil || state.isClosed
        }
        let stream = connection.received.streams[id]
        let blocks = stream?.headers ?? []
        return End(
            first: blocks.first ?? [:], last: blocks.last ?? [:], isTrailersOnly: blocks.count == 1,
            reset: stream?.reset, isByServer: stream?.isEnded == true || stream?.reset != nil)
    }
}

extension WireConnection {
    /// Whether the beginning of a message is there and not the rest.
    fileprivate func takesTime(_ stream: UInt32) -> Bool {
        guard let data = received.streams[stream]?.data, data.count >= 5 else { return false }
        return data.count < 5 + data[1..<5].reduce(0) { $0 << 8 | Int($1) }
    }
}

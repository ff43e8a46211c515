import Testing

/// What no client of HTTP/2 may send (RFC 9113 and 7541), each ends its connection or at least its stream.
struct Violation: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Whether only the stream need end.
    let isOfStream: Bool
    /// The bytes, given the number of a stream that is open and the next one.
    let bytes: @Sendable (_ open: UInt32, _ next: UInt32) -> [UInt8]

    private init(
        _ description: String, isOfStream: Bool = false,
        _ bytes: @escaping @Sendable (_ open: UInt32, _ next: UInt32) -> [UInt8]
    ) {
        testDescription = description
        self.isOfStream = isOfStream
        self.bytes = bytes
    }

    static var all: [Violation] { frames + streams + windows + tables + fields }

    private static let frames = [
        Violation("a frame larger than the server allows") { open, _ in
            WireFrame(.data, stream: open, [UInt8](repeating: 0, count: 1 << 20)).bytes()
        },
        Violation("a frame that says it has 16 MiB") { open, _ in
            WireFrame(.headers, flags: WireFrame.endHeaders, stream: open + 2).bytes(length: 0xff_ffff)
        },
        Violation("settings of five bytes") { _, _ in WireFrame(.settings, [0, 1, 0, 0, 0]).bytes() },
        Violation("settings on a stream") { open, _ in WireFrame(.settings, stream: open).bytes() },
        Violation("an acknowledgement of settings that holds some") { _, _ in
            WireFrame(.settings, flags: WireFrame.acknowledgement, [0, 1, 0, 0, 0, 0]).bytes()
        },
        Violation("a greatest frame size below the least") { _, _ in
            WireFrame.settings([.maximumFrame: 100]).bytes()
        },
        Violation("an initial window beyond the greatest") { _, _ in
            WireFrame.settings([.initialWindow: 0x8000_0000]).bytes()
        },
        Violation("a ping of seven bytes") { _, _ in WireFrame(.ping, [UInt8](repeating: 0, count: 7)).bytes() },
        Violation("a ping on a stream") { open, _ in
            WireFrame(.ping, stream: open, [UInt8](repeating: 0, count: 8)).bytes()
        },
        Violation("padding longer than its frame") { open, _ in
            WireFrame(.data, flags: WireFrame.padded, stream: open, [200, 0]).bytes()
        },
        Violation("a push") { open, next in
            WireFrame(.pushPromise, flags: WireFrame.endHeaders, stream: open, next.bigEndianBytes).bytes()
        },
        Violation("a reset of three bytes") { open, _ in WireFrame(.reset, stream: open, [0, 0, 0]).bytes() },
    ]

    private static let streams = [
        Violation("header fields without a stream") { _, _ in headers(0) },
        Violation("a stream with an even number") { _, next in headers(next + 1) },
        Violation("a stream that is older than the last") { open, next in headers(next + 10) + headers(next) },
        Violation("data without a stream") { _, _ in WireFrame(.data, [0]).bytes() },
        Violation("data on a stream that was never opened") { _, next in WireFrame(.data, stream: next, [0]).bytes() },
        Violation("a reset of a stream that was never opened") { _, next in WireFrame.reset(next).bytes() },
        Violation("a window of a stream that was never opened") { _, next in
            WireFrame.windowUpdate(next, by: 1).bytes()
        },
        Violation("data after the end of the stream", isOfStream: true) { open, _ in
            WireFrame(.data, flags: WireFrame.endStream, stream: open).bytes()
                + WireFrame(.data, stream: open, [0]).bytes()
        },
        Violation("a continuation of nothing") { open, _ in
            WireFrame(.continuation, flags: WireFrame.endHeaders, stream: open).bytes()
        },
        Violation("another frame within a block of header fields") { _, next in
            WireFrame(.headers, stream: next, WireFields.block(WireCall.fields(token: nil))).bytes()
                + WireFrame(.ping, [UInt8](repeating: 0, count: 8)).bytes()
        },
        Violation("a continuation on another stream") { open, next in
            WireFrame(.headers, stream: next, WireFields.block(WireCall.fields(token: nil))).bytes()
                + WireFrame(.continuation, flags: WireFrame.endHeaders, stream: open).bytes()
        },
        Violation("a stream that depends on itself", isOfStream: true) { _, next in
            WireFrame(
                .headers, flags: WireFrame.endHeaders | 0x20, stream: next,
                next.bigEndianBytes + [16] + WireFields.block(WireCall.fields(token: nil))
            ).bytes()
        },
    ]

    private static let windows = [
        Violation("a window that is opened by nothing") { _, _ in WireFrame.windowUpdate(0, by: 0).bytes() },
        Violation("a stream's window that is opened by nothing", isOfStream: true) { open, _ in
            WireFrame.windowUpdate(open, by: 0).bytes()
        },
        Violation("a window beyond the greatest") { _, _ in WireFrame.windowUpdate(0, by: 0x7fff_ffff).bytes() },
        Violation("a stream's window beyond the greatest", isOfStream: true) { open, _ in
            WireFrame.windowUpdate(open, by: 0x7fff_ffff).bytes()
        },
        Violation("a window of three bytes") { _, _ in WireFrame(.windowUpdate, [0, 0, 1]).bytes() },
    ]

    private static let tables = [
        Violation("entry 0 of the table") { _, next in headers(next, [0x80]) },
        Violation("an entry that the table does not have") { _, next in
            headers(next, WireFields.integer(4_000, prefix: 7, 0x80))
        },
        Violation("a table larger than the server allows") { _, next in
            headers(next, WireFields.integer(1 << 20, prefix: 5, 0x20))
        },
        Violation("a number that does not end") { _, next in
            headers(next, [0xff] + [UInt8](repeating: 0xff, count: 40))
        },
        Violation("a text longer than its block") { _, next in headers(next, [0, 0x7f, 0xff, 0x7f, 0x61]) },
        Violation("a block that is cut off") { _, next in
            headers(next, WireFields.block(WireCall.fields(token: nil)).dropLast(3))
        },
        Violation("a text in a code that does not end as it must") { _, next in headers(next, [0, 0x82, 0, 0, 1, 0x61])
        },
    ]

    private static let fields = [
        malformed("a name in capital letters", more: [("X-Name", "a")]),
        malformed("a name with a space", more: [("x name", "a")]),
        malformed("an empty name", more: [("", "a")]),
        malformed("a line break in a value", more: [("x", "a\r\nauthorization: Bearer one")]),
        malformed("the connection's own field", more: [("connection", "close")]),
        malformed("a transfer encoding", more: [("transfer-encoding", "chunked")]),
        malformed("a pseudo field after the others", more: [(":path", WireCall.delta)]),
        malformed("an unknown pseudo field", first: [(":nothing", "a")]),
        malformed("two paths", first: [(":path", WireCall.delta)]),
        malformed("no path", without: ":path"),
        malformed("no method", without: ":method"),
        malformed("a pseudo field of responses", first: [(":status", "200")]),
        malformed("te other than trailers", more: [("te", "gzip")]),
    ]

    private static func headers(_ stream: UInt32, _ block: [UInt8]? = nil) -> [UInt8] {
        WireFrame(
            .headers, flags: WireFrame.endHeaders, stream: stream,
            block ?? WireFields.block(WireCall.fields(token: BareServer.pod))
        ).bytes()
    }

    /// Fields that make a request malformed (section 8.1.1): an error of its stream.
    private static func malformed(
        _ description: String, first: [WireFields.Field] = [], more: [WireFields.Field] = [], without: String = ""
    ) -> Violation {
        let kept = WireCall.fields(token: BareServer.pod).filter { $0.name != without }
        let block = WireFields.block(first + kept + more)
        return Violation(description, isOfStream: true) { _, next in headers(next, block) }
    }
}

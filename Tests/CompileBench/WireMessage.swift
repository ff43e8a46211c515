/// The bytes of a protobuf message, put together by hand as an API server does it.
struct WireMessage {
    enum Field { case text(Int, String) }

    private(set) var bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// A message with texts.
    init(_ fields: [Field]) {
        bytes = []
        for case .text(let number, let text) in fields {
            append(WireMessage(bytes: Array(text.utf8)).asField(number))
        }
    }

    /// Fields that follow.
    mutating func append(_ other: WireMessage) { bytes += other.bytes }

    /// A message that has this one in a field.
    func asField(_ number: Int) -> WireMessage {
        WireMessage(bytes: Self.number(number << 3 | 2) + Self.number(bytes.count) + bytes)
    }

    /// The message with what stands around every object of `v1`.
    func enveloped(kind: String) -> WireMessage {
        var envelope = WireMessage(bytes: Array("k8s\0".utf8))
        envelope.append(WireMessage([.text(1, "v1"), .text(2, kind)]).asField(1))
        envelope.append(asField(2))
        envelope.append(WireMessage([.text(3, ""), .text(4, "")]))
        return envelope
    }

    private static func number(_ value: Int) -> [UInt8] {
        var (rest, bytes) = (value, [UInt8]())
        while rest >= 128 {
            bytes.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}

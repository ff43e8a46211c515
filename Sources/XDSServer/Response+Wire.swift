internal import NIOCore
internal import XDSCache

extension ProxyStream.Response {
    /// The response as it goes over the wire: a `DeltaDiscoveryResponse` or `DiscoveryResponse`, after gRPC's prefix.
    ///
    /// These are the bytes that SwiftProtobuf would write, put where they are sent from: most of them are bodies of
    /// resources, which all proxies share, and which are copied once.
    func framed(_ variant: ProxyStream.Variant) -> ByteBuffer {
        let isDelta = variant == .delta
        let url = type.url
        func entry(_ resource: Resource) -> Int { isDelta ? resource.entrySize(url) : resource.anySize(url) }
        let version = isDelta ? String(revision) : version
        var size = ProtobufField.size(version) + ProtobufField.size(url) + ProtobufField.size(nonce)
        for resource in content { size += ProtobufField.size(message: entry(resource)) }
        if isDelta { for name in removed { size += ProtobufField.size(element: name) } }
        var bytes = ByteBufferAllocator().buffer(capacity: MessageFraming.prefix + size)
        bytes.writeInteger(UInt8(0))
        bytes.writeInteger(UInt32(size))
        bytes.writeField(1, version)
        for resource in content {
            bytes.writeFieldHead(2, entry(resource))
            if isDelta { bytes.writeEntry(resource, url) } else { bytes.writeAny(resource, url) }
        }
        bytes.writeField(4, url)
        bytes.writeField(5, nonce)
        if isDelta { for name in removed { bytes.writeElement(6, name) } }
        return bytes
    }
}

extension Resource {
    /// The size of the `Any` that it becomes.
    fileprivate func anySize(_ url: String) -> Int { ProtobufField.size(url) + ProtobufField.size(bytes: body.count) }

    /// The size of the message `Resource` that it becomes.
    fileprivate func entrySize(_ url: String) -> Int {
        ProtobufField.size(version) + ProtobufField.size(message: anySize(url)) + ProtobufField.size(key.name.name)
    }
}

/// Fields of protobuf's wire format with values of a length (protobuf.dev/programming-guides/encoding), of numbers below 16:
/// how many bytes they take.
private enum ProtobufField {
    /// Of an element of a list, or a message: written even if it is empty.
    static func size(message count: Int) -> Int { 1 + varintSize(count) + count }
    static func size(element text: String) -> Int { size(message: text.utf8.count) }
    /// Of a field of its own: empty, it is not written.
    static func size(bytes count: Int) -> Int { count == 0 ? 0 : size(message: count) }
    static func size(_ text: String) -> Int { size(bytes: text.utf8.count) }

    private static func varintSize(_ value: Int) -> Int {
        max(1, (Int.bitWidth - value.leadingZeroBitCount + 6) / 7)
    }
}

extension ByteBuffer {
    fileprivate mutating func writeEntry(_ resource: Resource, _ url: String) {
        writeField(1, resource.version)
        writeFieldHead(2, resource.anySize(url))
        writeAny(resource, url)
        writeField(3, resource.key.name.name)
    }

    fileprivate mutating func writeAny(_ resource: Resource, _ url: String) {
        writeField(1, url)
        guard !resource.body.isEmpty else { return }
        writeFieldHead(2, resource.body.count)
        writeBytes(resource.body)
    }

    fileprivate mutating func writeField(_ number: UInt8, _ text: String) {
        if !text.isEmpty { writeElement(number, text) }
    }

    fileprivate mutating func writeElement(_ number: UInt8, _ text: String) {
        writeFieldHead(number, text.utf8.count)
        writeString(text)
    }

    /// What stands before the bytes of a value.
    fileprivate mutating func writeFieldHead(_ number: UInt8, _ count: Int) {
        // Wire type 2: a length, and as many bytes.
        writeInteger(number << 3 | 2)
        var rest = UInt(count)
        while rest > 0x7f {
            writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        writeInteger(UInt8(rest))
    }
}

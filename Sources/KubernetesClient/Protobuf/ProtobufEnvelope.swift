internal import FoundationEssentials
internal import KubernetesAPI
internal import SwiftProtobuf

/// The form in which API servers write objects in protobuf.
///
/// Source: `k8s.io/apimachinery/pkg/runtime/serializer/protobuf`.
enum ProtobufEnvelope {
    /// The media type of such answers; streams of events have a parameter behind it.
    static let mediaType = "application/vnd.kubernetes.protobuf"
    /// What every object begins with.
    private static let mark = Data([0x6B, 0x38, 0x73, 0x00])

    /// The bytes of the object itself: what its kind's message is read from.
    ///
    /// - Throws: Where the bytes are not of this form.
    static func contents(of bytes: Data) throws -> Data {
        guard bytes.starts(with: mark) else {
            throw KubernetesError(.decoding, "the object does not begin as objects in protobuf do")
        }
        return try Runtime_Unknown(known: bytes.dropFirst(mark.count)).raw
    }
}

extension SwiftProtobuf.Message {
    /// A message without the fields that nobody here reads.
    ///
    /// - Throws: Where the bytes are no such message.
    init(known bytes: Data) throws {
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        try self.init(serializedBytes: bytes, extensions: nil, partial: true, options: options)
    }

    /// The message in an answer or an event.
    ///
    /// - Throws: Where the bytes are not those of an object, or of no such message.
    init(enveloped bytes: Data) throws { try self.init(known: ProtobufEnvelope.contents(of: bytes)) }
}

internal import SwiftProtobuf

extension Message {
    /// The message in bytes that are equal, in every process, for equal messages.
    ///
    /// Encoding cannot fail: our messages are proto3, which has no required fields, and far from the 2 GB that the
    /// format allows. So a failure is a fault of this program that no caller could handle, and traps.
    func encoded<Bytes: SwiftProtobufContiguousBytes>() -> Bytes {
        var options = BinaryEncodingOptions()
        // Maps are written in the order of their hash otherwise, and the seed of the hash differs per process.
        options.useDeterministicOrdering = true
        do {
            return try serializedBytes(options: options)
        } catch {
            preconditionFailure("\(Self.protoMessageName) could not be encoded: \(error)")
        }
    }

    /// The message in the envelope that Envoy's extension points take, encoded as ``encoded()``.
    func packed() -> Google_Protobuf_Any {
        // The library's own `Any(message:)` encodes late and without the order of maps.
        var envelope = Google_Protobuf_Any()
        envelope.typeURL = "type.googleapis.com/" + Self.protoMessageName
        envelope.value = encoded()
        return envelope
    }
}

extension Google_Protobuf_Duration {
    /// No time limit, where Envoy takes 0 for that.
    static var never: Google_Protobuf_Duration { .seconds(0) }

    /// A time of whole seconds.
    static func seconds(_ seconds: Int64) -> Google_Protobuf_Duration {
        Google_Protobuf_Duration(seconds: seconds, nanos: 0)
    }

    /// A time, what lies below a nanosecond left out.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(seconds: seconds, nanos: Int32(attoseconds / 1_000_000_000))
    }
}

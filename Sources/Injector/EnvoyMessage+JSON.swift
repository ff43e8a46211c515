internal import SwiftProtobuf

extension Message {
    /// The message as Envoy reads it from a file: field names as in the `.proto` files, maps sorted, so that equal
    /// messages are equal text.
    ///
    /// - Parameter name: What the text is, for the error's message.
    /// - Throws: `InjectorError` with the code `encoding`.
    func json(of name: String) throws -> String {
        var options = JSONEncodingOptions()
        options.preserveProtoFieldNames = true
        options.useDeterministicOrdering = true
        do {
            return try jsonString(options: options)
        } catch {
            throw InjectorError(
                code: .encoding, message: "\(name) could not be written: report this with the settings used",
                cause: error)
        }
    }

    /// The message in the envelope that Envoy's extension points take.
    ///
    /// - Throws: `InjectorError` with the code `encoding`.
    func packed() throws -> Google_Protobuf_Any {
        do {
            return try Google_Protobuf_Any(message: self)
        } catch {
            throw InjectorError(
                code: .encoding, message: "\(Self.protoMessageName) could not be packed: report this", cause: error)
        }
    }
}

extension Google_Protobuf_Duration {
    /// A time of whole seconds.
    init(seconds: Int64) { self.init(seconds: seconds, nanos: 0) }
}

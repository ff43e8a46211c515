/// How a stream ends: a status of gRPC.
struct StreamStatus: Error, Equatable, CustomStringConvertible {
    /// A code of gRPC, as its specification numbers them.
    enum Code: Int, Sendable {
        case ok = 0
        case invalidArgument = 3
        case deadlineExceeded = 4
        case permissionDenied = 7
        case resourceExhausted = 8
        case unimplemented = 12
        case internalError = 13
        case unavailable = 14
        case unauthenticated = 16
    }

    let code: Code
    /// What the proxy is told; its log shows it.
    let message: String

    /// The proxy has closed its side.
    static let ok = StreamStatus(code: .ok, message: "")
    static let cutOff = StreamStatus(code: .internalError, message: "the stream ended within a message")
    static let stopping = StreamStatus(code: .unavailable, message: "the controller is stopping")
    static let anotherCertificate = StreamStatus(
        code: .unavailable, message: "the control plane has another certificate; come back")

    /// An error that is no status.
    static func unknown(_ error: any Error) -> StreamStatus {
        StreamStatus(code: .internalError, message: "the stream cannot be served")
    }

    var description: String { message.isEmpty ? "\(code)" : "\(code): \(message)" }

    /// The message as a header carries it: bytes outside printable ASCII, and the percent sign, as `%XX`.
    var encodedMessage: String {
        var text = ""
        for byte in message.utf8 {
            if (0x20...0x7e).contains(byte), byte != 0x25 {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return text
    }
}

/// What goes back over HTTP.
struct HTTPAnswer: Sendable {
    let status: Int
    let type: String
    let bytes: [UInt8]
    var allow: String?

    /// An answer in plain text.
    static func text(_ text: String, status: Int, allow: String? = nil) -> HTTPAnswer {
        HTTPAnswer(status: status, type: "text/plain; charset=utf-8", bytes: Array(text.utf8), allow: allow)
    }

    /// The answer to a question.
    static func review(_ reviewed: ReviewedRequest) -> HTTPAnswer {
        HTTPAnswer(status: reviewed.status, type: "application/json", bytes: reviewed.bytes)
    }
}

/// Why a body is not taken.
struct HTTPFailure: Error {
    let status: Int
    /// The word for the status, as the API server's own statuses have it.
    let reason: String
    let message: String
    /// The uid in the body, as far as that was read.
    var uid: String?

    /// The body ends before it is whole.
    static let truncated = HTTPFailure(status: 400, reason: "BadRequest", message: "the body ends early")
    /// Others take all there is.
    static let crowded = HTTPFailure(
        status: 503, reason: "ServiceUnavailable", message: "too many large requests at a time: try again")
    /// It says that it is something else.
    static let unsupported = HTTPFailure(
        status: 415, reason: "UnsupportedMediaType", message: "the body must be application/json")

    /// It is larger than a limit in bytes.
    static func tooLarge(_ limit: Int) -> HTTPFailure {
        HTTPFailure(
            status: 413, reason: "RequestEntityTooLarge", message: "the body is larger than \(limit) bytes")
    }
}

/// Media types (RFC 9110, section 8.3.1).
enum MediaType {
    /// Whether a `Content-Type` is JSON, with parameters or without; an original took no parameters.
    static func isJSON(_ header: String?) -> Bool {
        guard let type = header?.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false).first else {
            return false
        }
        return type.trimmingBlanks.lowercased() == "application/json"
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}

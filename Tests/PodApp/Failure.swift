import AsyncHTTPClient
import GRPCCore
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Why there was no answer, in a word that tests can compare.
struct Failure: Error, CustomStringConvertible {
    /// `refused`, `reset`, `closed`, `timeout`, `tls` or `other: ` and what it was.
    let word: String
    /// The whole of the error, for people.
    let detail: String?

    var description: String { word }

    /// The peer ended the connection before its answer was complete.
    static let closed = Failure(word: "closed", detail: nil)
    /// There was no answer in the time given.
    static let timeout = Failure(word: "timeout", detail: nil)

    init(word: String, detail: String?) {
        self.word = word
        self.detail = detail
    }

    /// Sorts any error of the libraries used here into the words.
    init(_ error: any Error) {
        if let failure = error as? Failure {
            self = failure
            return
        }
        detail = String(describing: error)
        word = Self.word(for: error)
    }

    private static func word(for error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { word(for: $0.error) } ?? "other: name not resolved"
        case let error as IOError: word(forErrno: error.errnoCode)
        case let error as ChannelError: word(for: error)
        case let error as HTTPClientError: word(for: error)
        case let error as RPCError: word(for: error)
        case HTTPParserError.invalidEOFState, NIOSSLError.uncleanShutdown: "closed"
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: "tls"
        case is CancellationError: "timeout"
        default: "other: \(error)"
        }
    }

    private static func word(forErrno code: CInt) -> String {
        switch code {
        case ECONNREFUSED: "refused"
        case ECONNRESET, EPIPE: "reset"
        case ETIMEDOUT: "timeout"
        case ENETUNREACH, EHOSTUNREACH: "other: unreachable"
        default: "other: \(IOError(errnoCode: code, reason: "errno").description)"
        }
    }

    private static func word(for error: ChannelError) -> String {
        switch error {
        case .connectTimeout: "timeout"
        case .eof, .alreadyClosed, .inputClosed, .outputClosed, .ioOnClosedChannel: "closed"
        // What NIO's upgrade handler says of a connection that ended before the upgrade was answered.
        case .inappropriateOperationForState: "closed"
        default: "other: \(error)"
        }
    }

    private static func word(for error: RPCError) -> String {
        if let cause = error.cause { return word(for: cause) }
        // Without a cause: the connection ended before HTTP/2 began.
        return error.code == .unavailable ? "closed" : "other: \(error.message)"
    }

    private static func word(for error: HTTPClientError) -> String {
        switch error {
        case .remoteConnectionClosed: "closed"
        case .connectTimeout, .readTimeout, .writeTimeout, .deadlineExceeded, .getConnectionFromPoolTimeout: "timeout"
        case .tlsHandshakeTimeout: "tls"
        default: "other: \(error)"
        }
    }
}

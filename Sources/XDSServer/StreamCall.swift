internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2
internal import XDSCache

/// What a proxy asks with the headers of a stream.
struct StreamCall: Equatable {
    private static let service = "/envoy.service.discovery.v3.AggregatedDiscoveryService/"

    let variant: ProxyStream.Variant
    /// The token; `nil` without one.
    let token: String?
    /// After how long the proxy wants to hear no more; `nil` for never.
    let deadline: TimeAmount?

    /// Why headers are no call that is served.
    enum Refusal: Error, Equatable {
        /// It is not gRPC: a status of HTTP.
        case http(Int)
        case status(StreamStatus)
    }

    /// Reads the headers of a request.
    ///
    /// - Throws: How to answer if it is no call that is served.
    init(_ headers: HPACKHeaders) throws(Refusal) {
        guard headers.first(name: ":method") == "POST" else { throw .http(405) }
        // `application/grpc`, and with `+proto` or a parameter.
        let type = headers.first(name: "content-type") ?? ""
        guard type == "application/grpc" || type.hasPrefix("application/grpc+") || type.hasPrefix("application/grpc;")
        else { throw .http(415) }
        let path = headers.first(name: ":path") ?? ""
        let variant = ProxyStream.Variant.allCases.first { path == Self.service + $0.method }
        guard let variant else {
            throw .status(StreamStatus(code: .unimplemented, message: "only \(Self.service)* is served"))
        }
        let encoding = headers.first(name: "grpc-encoding") ?? "identity"
        guard encoding == "identity" else {
            throw .status(StreamStatus(code: .unimplemented, message: "messages are taken uncompressed only"))
        }
        self.variant = variant
        if let text = headers.first(name: "grpc-timeout") {
            guard let deadline = Self.time(text) else {
                throw .status(StreamStatus(code: .internalError, message: "grpc-timeout is no time"))
            }
            self.deadline = deadline
        } else {
            deadline = nil
        }
        let scheme = "Bearer "
        let authorization = headers.first(name: "authorization")
        token = authorization.flatMap { $0.hasPrefix(scheme) ? String($0.dropFirst(scheme.count)) : nil }
    }

    /// A time as gRPC writes it: at most eight digits, and a unit.
    private static func time(_ text: String) -> TimeAmount? {
        let digits = text.utf8.dropLast()
        guard (1...8).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int64(text.dropLast())
        else { return nil }
        switch text.last {
        case "H": return .hours(number)
        case "M": return .minutes(number)
        case "S": return .seconds(number)
        case "m": return .milliseconds(number)
        case "u": return .microseconds(number)
        case "n": return .nanoseconds(number)
        default: return nil
        }
    }
}

extension HPACKHeaders {
    /// What stands before the messages of a stream.
    static let beforeMessages: HPACKHeaders = [":status": "200", "content-type": "application/grpc"]

    /// What ends a stream.
    ///
    /// - Parameter isOnly: Whether nothing was sent before.
    static func trailers(_ status: StreamStatus, isOnly: Bool) -> HPACKHeaders {
        var headers = isOnly ? beforeMessages : [:]
        headers.add(name: "grpc-status", value: String(status.code.rawValue))
        if !status.message.isEmpty { headers.add(name: "grpc-message", value: status.encodedMessage) }
        // Who compresses learns what is taken.
        if status.code == .unimplemented { headers.add(name: "grpc-accept-encoding", value: "identity") }
        return headers
    }
}

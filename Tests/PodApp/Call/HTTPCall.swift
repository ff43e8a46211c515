import NIOCore
import NIOHTTP1

/// One HTTP/1.1 request, as given, and its response.
struct HTTPCall: Sendable {
    /// The two directions of a connection.
    typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private let head: HTTPRequestHead
    private let body: String?

    init(head: HTTPRequestHead, body: String?) {
        var head = head
        let mayHaveBody = ![.GET, .HEAD, .CONNECT, .TRACE].contains(head.method)
        let isFramed = head.headers.contains(name: "content-length") || head.headers.contains(name: "transfer-encoding")
        if !isFramed, body != nil || mayHaveBody {
            head.headers.add(name: "Content-Length", value: "\(body?.utf8.count ?? 0)")
        }
        self.head = head
        self.body = body
    }

    /// Makes the call.
    ///
    /// - Throws: what left it without a complete answer.
    func make(_ dialing: Dialing) async throws -> CallResult {
        let connection = try await dialing.connect { channel in
            // The head goes out as the caller wrote it, valid or not.
            try channel.pipeline.syncOperations.addHTTPClientHandlers(enableOutboundHeaderValidation: false)
            return try Connection(wrappingChannelSynchronously: channel)
        }
        return try await connection.executeThenClose { input, output in
            try await output.write(.head(head))
            if let body { try await output.write(.body(.byteBuffer(ByteBuffer(string: body)))) }
            try await output.write(.end(nil))
            return try await Self.response(in: input)
        }
    }

    /// Reads a response to its end.
    static func response(in input: NIOAsyncChannelInboundStream<HTTPClientResponsePart>) async throws -> CallResult {
        var head: HTTPResponseHead?
        var body: [UInt8] = []
        for try await part in input {
            switch part {
            case .head(let response): head = response
            case .body(let bytes): if body.count < 2_048 { body += bytes.readableBytesView }
            case .end:
                guard let head, head.status.code >= 200 else { continue }
                return CallResult(
                    protocol: "\(head.version)", status: .http(Int(head.status.code)),
                    headers: head.headers.map { ($0.name, $0.value) }, body: body)
            }
        }
        throw Failure.closed
    }
}

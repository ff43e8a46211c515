import NIOCore
import NIOHTTP1

/// A response before it is written.
struct Answer: Sendable {
    var status = HTTPResponseStatus.ok
    var contentType: String?
    /// Where the client shall go instead.
    var location: String?
    var chunks: [ByteBuffer]
    /// Chunked transfer, instead of a length that is known.
    var isStreamed = false
    /// The time between two chunks.
    var pause = Duration.zero

    /// An answer of status 200 with `value` as JSON.
    static func json(_ value: some Encodable) -> Answer {
        do {
            let body = try ByteBuffer(bytes: JSONLine.encode(value))
            return Answer(contentType: "application/json", chunks: [body])
        } catch {
            return Answer(status: .internalServerError, contentType: nil, chunks: [ByteBuffer(string: "\(error)")])
        }
    }

    /// Writes the response to `request`, which a body must not follow for HEAD, 204 and 304.
    func write(
        to output: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>, request: HTTPRequestHead, app: String,
        closes: Bool
    ) async throws {
        var headers = HTTPHeaders([("x-app", app)])
        if let contentType { headers.add(name: "content-type", value: contentType) }
        if let location { headers.add(name: "location", value: location) }
        if closes { headers.add(name: "connection", value: "close") }
        let hasBody = ![.noContent, .notModified].contains(status)
        if hasBody, !isStreamed {
            headers.add(name: "content-length", value: "\(chunks.reduce(0) { $0 + $1.readableBytes })")
        }
        try await output.write(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)))
        if hasBody, request.method != .HEAD {
            for (index, chunk) in chunks.enumerated() {
                if index > 0, pause > .zero { try await Task.sleep(for: pause) }
                try await output.write(.body(.byteBuffer(chunk)))
            }
        }
        try await output.write(.end(nil))
    }
}

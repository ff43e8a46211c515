import NIOCore
import NIOHTTP1

/// One connection for many requests of HTTP/1.1, one after another.
struct KeptConnection {
    private typealias Input = NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator

    /// How long a request may take.
    let timeout: Duration

    /// Sends requests as they come, each when the one before is answered, and answers each.
    ///
    /// After a failure the next one opens the connection again.
    func send(_ requests: AsyncStream<OpenRequest>) async {
        var iterator = requests.makeAsyncIterator()
        var next = await iterator.next(isolation: #isolation)
        while let first = next {
            var isMade = false
            do {
                let channel = try await first.dialing(timeout: timeout).connect(isLasting: true) { channel in
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try HTTPCall.Connection(wrappingChannelSynchronously: channel)
                }
                isMade = true
                next = nil
                try await channel.executeThenClose { input, output in
                    var parts = input.makeAsyncIterator()
                    var current: OpenRequest? = first
                    var isFirst = true
                    while let request = current {
                        var answer = OpenRequest.Answer(id: request.id, isFirst: isFirst)
                        isFirst = false
                        let end = channel.channel.eventLoop.scheduleTask(in: TimeAmount(timeout)) {
                            channel.channel.close(promise: nil)
                        }
                        do { try await exchange(request, &parts, output, &answer) } catch {
                            answer.error = "\(Failure(error))"
                        }
                        end.cancel()
                        answer.write()
                        current = await iterator.next(isolation: #isolation)
                        guard answer.error == nil else {
                            next = current
                            return
                        }
                    }
                }
            } catch {
                // A connection that was made has answered already; that it did not end well says nothing.
                guard !isMade else { continue }
                OpenRequest.Answer(id: first.id, isFirst: true, error: "\(Failure(error))").write()
                next = await iterator.next(isolation: #isolation)
            }
        }
    }

    private func exchange(
        _ request: OpenRequest, _ parts: inout Input, _ output: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>,
        _ answer: inout OpenRequest.Answer
    ) async throws {
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: request.path ?? "/")
        head.headers.add(name: "host", value: "web")
        try await output.write(.head(head))
        try await output.write(.end(nil))
        while let part = try await parts.next(isolation: #isolation) {
            switch part {
            case .head(let head):
                answer.status = Int(head.status.code)
                answer.app = head.headers.first(name: "x-app")
            case .body: break
            case .end: return
            }
        }
        throw Failure.closed
    }
}

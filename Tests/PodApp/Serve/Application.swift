import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// What the server answers: a function of the request, of the calls it makes and of the ledger.
struct Application: Sendable {
    /// In the header `x-app` of every answer.
    let name: String
    /// The calls to make first; the first that belongs to the path.
    let calls: [OnwardCall]
    /// Makes the calls.
    let client: HTTPClient
    /// Knows the counts.
    let ledger: RequestLedger

    /// The answer to a request whose body has arrived.
    func answer(to head: HTTPRequestHead, body: ByteBuffer) async -> Answer {
        let words = head.path.split(separator: "/")
        switch (words.first, words.dropFirst().first.flatMap { Int($0) }) {
        case ("counts", nil): return .json(ledger.counts)
        case ("echo-body", _):
            return Answer(contentType: head.headers.first(name: "content-type"), chunks: [body])
        case ("status", let code?) where (200...599).contains(code):
            var answer = description(of: head)
            answer.status = HTTPResponseStatus(statusCode: code)
            return answer
        case ("fail", let count?):
            var answer = description(of: head)
            let status = words.count > 3 ? Int(words[3]) ?? 503 : 503
            if ledger.counts[String(head.path), default: 0] <= count {
                answer.status = HTTPResponseStatus(statusCode: status)
            }
            return answer
        case ("count-of", _):
            let path = "/" + words.dropFirst().joined(separator: "/")
            let count = ByteBuffer(string: "\(ledger.counts[path, default: 0])")
            return Answer(contentType: "text/plain", chunks: [count])
        case ("health", nil):
            var answer = description(of: head)
            answer.status = HTTPResponseStatus(statusCode: ledger.health)
            return answer
        case ("redirect", _):
            var answer = description(of: head)
            answer.status = .found
            answer.location = "/" + words.dropFirst().joined(separator: "/")
            return answer
        case ("set-health", let code?) where (200...599).contains(code): ledger.setHealth(code)
        case ("delay", let milliseconds?):
            try? await Task.sleep(for: .milliseconds(milliseconds))
        case ("stream", let count?):
            let chunks = (0..<max(0, count)).map { ByteBuffer(string: "\(name) \($0)\n") }
            let pause = words.count > 2 ? Int(words[2]) ?? 0 : 0
            return Answer(contentType: "text/plain", chunks: chunks, isStreamed: true, pause: .milliseconds(pause))
        default: break
        }
        guard let call = calls.first(where: { $0.belongs(to: head.uri) }) else { return description(of: head) }
        do {
            return try await description(of: head, call: call.make(with: client))
        } catch {
            return description(of: head, failure: Failure(error))
        }
    }

    private func description(
        of head: HTTPRequestHead, call: OnwardCall.Outcome? = nil, failure: Failure? = nil
    ) -> Answer {
        let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { "\($0), \($1)" }
        var answer = Answer.json(
            Received(
                app: name, method: head.method.rawValue, path: head.uri, protocol: "\(head.version)",
                host: head.headers.first(name: "host"), headers: headers, call: call, error: failure?.word))
        if failure != nil { answer.status = .badGateway }
        return answer
    }
}

/// A request as the application saw it.
private struct Received: Encodable {
    let app: String
    let method: String
    let path: String
    let `protocol`: String
    let host: String?
    let headers: [String: String]
    let call: OnwardCall.Outcome?
    let error: String?
}

extension HTTPRequestHead {
    /// The request target without its query.
    var path: Substring { uri.prefix { $0 != "?" } }
}

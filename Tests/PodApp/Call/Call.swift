import ArgumentParser
import NIOHTTP1

/// Single calls, each on a connection of its own.
struct Call: AsyncParsableCommand {
    /// What is spoken.
    enum Spoken: String, ExpressibleByArgument, CaseIterable {
        case http1, grpc, websocket
    }

    static let configuration = CommandConfiguration(
        abstract: "Makes calls and prints a line for each; the exit code is 0 whatever came of them.",
        discussion: """
            One after another, or all at once. The path and the headers go out exactly as given; Host and Content-Length are added where missing. A call
            without an answer has status null and an error: refused, reset, closed, timeout, tls, other: ...
            """)

    @Option(help: "The request's method.") var method = "GET"
    @Option(help: "http://HOST[:PORT][PATH], sent as written; for gRPC only host and port count.") var url: CallTarget
    @Option(parsing: .singleValue, help: "A header 'name: value'. Repeatable.") var header: [HeaderField] = []
    @Option(help: "The request's body, the gRPC message or the websocket text.") var body: String?
    @Option(help: "What to speak.") var `protocol` = Spoken.http1
    @Option(help: "How many calls.") var times = 1
    @Flag(help: "All calls at once.") var atOnce = false
    @Option(help: "Milliseconds for one call, connecting included.") var timeoutMs = 10_000
    @Option(help: "HOST:PORT to connect to instead of the URL's.") var connect: CallTarget.Endpoint?
    @OptionGroup(title: "TLS by hand") var tls: TLSOptions

    func validate() throws {
        if `protocol` == .grpc, connect != nil || tls.isWanted {
            throw ValidationError("--protocol grpc has neither --connect nor TLS: put the address into --url")
        }
        if url.isSecure, !tls.isWanted { throw ValidationError("an https URL needs --tls-ca") }
    }

    func run() async throws {
        let timeout = Duration.milliseconds(timeoutMs)
        let dialing = try Dialing(endpoint: connect ?? url.endpoint, tls: tls.dialingTLS(), timeout: timeout)
        guard atOnce else {
            for _ in 0..<times { try await report(dialing, timeout) }
            return
        }
        try await withThrowingDiscardingTaskGroup { [self] group in
            for _ in 0..<times { group.addTask { try await report(dialing, timeout) } }
        }
    }

    private func report(_ dialing: Dialing, _ timeout: Duration) async throws {
        let start = ContinuousClock.now
        var result = CallResult(protocol: `protocol`.rawValue)
        do {
            result = try await withTimeout(timeout) { [self] in try await once(dialing) }
        } catch {
            result.failed(Failure(error))
        }
        result.duration = ContinuousClock.now - start
        try JSONLine.write(result)
    }

    private func once(_ dialing: Dialing) async throws -> CallResult {
        switch `protocol` {
        case .http1: try await HTTPCall(head: head, body: body).make(dialing)
        case .websocket: try await WebSocketCall(head: head, text: body ?? "hello").make(dialing)
        case .grpc: try await GRPCCall(url.endpoint, headers: header, message: body ?? "hello").make()
        }
    }

    private var head: HTTPRequestHead {
        var headers = HTTPHeaders(header.map { ($0.name, $0.value) })
        if !headers.contains(name: "host") { headers.add(name: "Host", value: url.authority) }
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: method), uri: url.path, headers: headers)
    }
}

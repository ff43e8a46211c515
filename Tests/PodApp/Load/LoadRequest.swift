import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// The request that the load repeats.
struct LoadRequest: Sendable {
    let method: HTTPMethod
    let url: String
    let headers: [HeaderField]
    /// Gives each request a name of its own; `nil` if nobody follows them.
    let trace: CallTrace?

    /// Sends the request once and records what came of it.
    ///
    /// An answer counts when its body is complete.
    func send(with client: HTTPClient, due: ContinuousClock.Instant, to tally: Tally) async {
        let call = trace?.next()
        let target = call.map { "\(url)?call=\($0)" } ?? url
        do {
            let answer = try await withTimeout(.seconds(10)) {
                var request = HTTPClientRequest(url: target)
                request.method = method
                for header in headers { request.headers.add(name: header.name, value: header.value) }
                let response = try await client.execute(request, timeout: .seconds(10))
                for try await _ in response.body {}
                return (status: Int(response.status.code), app: response.headers.first(name: "x-app"))
            }
            if let call, !(200..<300).contains(answer.status) { CallTrace.report(call, "\(answer.status)") }
            tally.answered(status: answer.status, app: answer.app, after: ContinuousClock.now - due)
        } catch {
            if let call { CallTrace.report(call, Failure(error).word) }
            tally.failed(Failure(error), after: ContinuousClock.now - due)
        }
    }
}

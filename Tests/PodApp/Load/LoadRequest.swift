import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// The request that the load repeats.
struct LoadRequest: Sendable {
    let method: HTTPMethod
    let url: String
    let headers: [HeaderField]

    /// Sends the request once and records what came of it.
    ///
    /// An answer counts when its body is complete.
    func send(with client: HTTPClient, due: ContinuousClock.Instant, to tally: Tally) async {
        do {
            let answer = try await withTimeout(.seconds(10)) {
                var request = HTTPClientRequest(url: url)
                request.method = method
                for header in headers { request.headers.add(name: header.name, value: header.value) }
                let response = try await client.execute(request, timeout: .seconds(10))
                for try await _ in response.body {}
                return (status: Int(response.status.code), app: response.headers.first(name: "x-app"))
            }
            tally.answered(status: answer.status, app: answer.app, after: ContinuousClock.now - due)
        } catch {
            tally.failed(Failure(error), after: ContinuousClock.now - due)
        }
    }
}

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL

/// HTTP requests as the kubelet makes them: a connection each, certificates unseen, redirects on the same host followed.
struct HTTPGetter: Sendable {
    private static let longestRedirection = 10

    private let client: HTTPClient

    init() {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateVerification = .none
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Asks, and says whether the answer is a good one: a status of 200 to 399.
    func get(_ get: Action.HTTPGet, host: String, port: Int, limit: Duration) async throws -> ActionOutcome {
        let deadline = NIODeadline.now() + .nanoseconds(Int64(limit / .nanoseconds(1)))
        let path = get.path ?? "/"
        let host = get.host.flatMap { $0.isEmpty ? nil : $0 } ?? host
        var url = "\((get.scheme ?? "HTTP").lowercased())://\(host):\(port)\(path.hasPrefix("/") ? "" : "/")\(path)"
        var headers = HTTPHeaders((get.httpHeaders ?? []).map { ($0.name, $0.value) })
        if !headers.contains(name: "user-agent") { headers.add(name: "user-agent", value: "kube-probe/1.20") }
        if !headers.contains(name: "accept") { headers.add(name: "accept", value: "*/*") }
        headers.replaceOrAdd(name: "connection", value: "close")
        for hop in 0... {
            var request = HTTPClientRequest(url: url)
            request.headers = headers
            let response = try await client.execute(request, deadline: deadline)
            let body = try? await response.body.collect(upTo: 10 << 10)
            let code = Int(response.status.code)
            guard [301, 302, 303, 307, 308].contains(code), let location = response.headers.first(name: "location")
            else {
                let text = "HTTP probe: statuscode: \(code)"
                return (200..<400).contains(code)
                    ? .success(body.map { String(buffer: $0) } ?? "") : .failure("\(text)")
            }
            guard let old = URL(string: url), let next = URL(string: location, relativeTo: old)?.absoluteURL else {
                return .failure("the answer leads to `\(location)`, which is no address")
            }
            // To another host the kubelet does not go, and takes the redirect for a good answer.
            guard next.host() == old.host() else { return .success("redirected to \(location)") }
            guard hop + 1 < Self.longestRedirection else { return .failure("stopped after 10 redirects") }
            headers.remove(name: "referer")
            if !(old.scheme == "https" && next.scheme == "http") { headers.add(name: "referer", value: url) }
            // A name that was asked for is kept only for the very same server.
            if URL(string: location)?.host() != nil { headers.remove(name: "host") }
            url = next.absoluteString
        }
        return .failure("unreachable")
    }

    func shutdown() async { try? await client.shutdown() }
}

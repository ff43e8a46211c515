import ArgumentParser
import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// A call that the application makes before it answers, as `PATH METHOD URL`.
struct OnwardCall: ExpressibleByArgument, Sendable {
    /// What came of such a call.
    struct Outcome: Encodable {
        let status: Int
        let app: String?
    }

    private let path: Substring
    private let method: HTTPMethod
    private let url: String

    init?(argument: String) {
        let words = argument.split(separator: " ")
        guard words.count == 3 else { return nil }
        path = words[0]
        method = HTTPMethod(rawValue: String(words[1]))
        url = String(words[2])
    }

    /// Whether a request on `uri` makes this call.
    func belongs(to uri: String) -> Bool { uri.hasPrefix(path) }

    /// Makes the call.
    ///
    /// Any status is an outcome.
    ///
    /// - Throws: whatever left the call without an answer.
    func make(with client: HTTPClient) async throws -> Outcome {
        var request = HTTPClientRequest(url: url)
        request.method = method
        let response = try await client.execute(request, timeout: .seconds(10))
        _ = try await response.body.collect(upTo: 16 << 20)
        return Outcome(status: Int(response.status.code), app: response.headers.first(name: "x-app"))
    }
}

extension HTTPClient.Configuration {
    /// One attempt for each request, and its failure shown: no second connection attempts, redirects or proxies.
    ///
    /// By default the client hides refused connections: it tries again until its connect time-out. It never sends a
    /// request twice. Here a failed attempt fails at once, with every request that still waits for a connection.
    static func plain(connections: Int = 8, usesPerConnection: Int? = nil) -> Self {
        var configuration = Self(
            redirectConfiguration: .disallow, timeout: Timeout(connect: .seconds(10), read: .seconds(10)))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
        configuration.maximumUsesPerConnection = usesPerConnection
        return configuration
    }
}

import AsyncHTTPClient
import Foundation
import KubernetesClient
import NIOCore
import NIOHTTP1
import NIOSSL

/// The API server, as an agent of a node talks to it.
struct APIClient: Sendable {
    /// An answer that is no success.
    struct Failure: Error, CustomStringConvertible {
        let status: Int
        let description: String
    }

    private static let longestAnswer = 64 << 20

    private let client: HTTPClient
    private let server: String
    private let token: String?

    /// A client with the credentials of a kubeconfig file.
    init(kubeconfig: String) throws {
        let access = try ClusterAccess.kubeconfig(path: kubeconfig)
        var tls = TLSConfiguration.makeClientConfiguration()
        if let authorities = access.authorities {
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authorities.utf8)))
        }
        if let certificate = access.clientCertificate {
            tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.certificate.utf8))
                .map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(certificate.key.utf8), format: .pem))
        }
        if access.skipsVerification { tls.certificateVerification = .none }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.httpVersion = .http1Only
        // A server that was away is back at once for those who ask again, not after a pause that grows.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        server = access.server
        if case .token(let text) = access.credential { token = text } else { token = nil }
    }

    /// Sends a request.
    ///
    /// - Parameters:
    ///   - path: The path with the query.
    ///   - type: The media type of the body.
    /// - Throws: ``Failure`` for every answer that is no success.
    @discardableResult
    func send(
        _ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil, type: String = "application/json"
    ) async throws -> JSONValue {
        var request = request(path)
        request.method = method
        if let body {
            request.headers.add(name: "content-type", value: type)
            request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(body)))
        }
        let response = try await client.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: Self.longestAnswer)
        let answer = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes.readableBytesView))
        guard (200..<300).contains(response.status.code) else {
            let message = answer?["message"]?.string ?? String(buffer: bytes)
            throw Failure(status: Int(response.status.code), description: "\(method.rawValue) \(path): \(message)")
        }
        return answer ?? .null
    }

    /// Opens a stream of events.
    func open(_ path: String) async throws -> HTTPClientResponse.Body {
        let response = try await client.execute(request(path), deadline: .distantFuture)
        guard response.status == .ok else {
            let text = try await response.body.collect(upTo: 1 << 20)
            throw Failure(status: Int(response.status.code), description: "\(path): \(String(buffer: text))")
        }
        return response.body
    }

    /// Reads what is no JSON, such as a log.
    func text(_ path: String) async throws -> String {
        let response = try await client.execute(request(path), timeout: .seconds(30))
        let text = String(buffer: try await response.body.collect(upTo: Self.longestAnswer))
        guard response.status == .ok else {
            throw Failure(status: Int(response.status.code), description: "\(path): \(text)")
        }
        return text
    }

    func shutdown() async { try? await client.shutdown() }

    private func request(_ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: server + path)
        request.headers.add(name: "user-agent", value: "node-rig")
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        return request
    }
}

internal import FoundationEssentials
internal import KubernetesAPI
public import NIOHTTP1

/// An answer of the API server.
public struct APIResponse: Sendable {
    /// The HTTP status.
    public let status: Int
    /// The headers.
    public let headers: HTTPHeaders
    /// The body.
    public let body: [UInt8]

    /// An answer.
    public init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Whether the request had success.
    var isSuccess: Bool { (200..<300).contains(status) }

    /// How long the server asks to wait; only whole seconds are understood, as only those are sent.
    var retryAfter: Duration? { headers.first(name: "retry-after").flatMap { Int($0) }.map { .seconds(max($0, 0)) } }

    /// The body as a value.
    ///
    /// - Throws: ``KubernetesError`` with the code `decoding`.
    func decoded<Value: Decodable>(as type: Value.Type, _ action: String) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw KubernetesError(.decoding, "\(action): the answer cannot be read", status: status, cause: error)
        }
    }

    /// The failure that the answer tells of.
    func error(_ action: String) -> KubernetesError {
        let said =
            try? headers.announceProtobuf
            ? APIStatus(Meta_Status(enveloped: Data(body))) : JSONDecoder().decode(APIStatus.self, from: Data(body))
        return KubernetesError(
            status: status, body: said, text: headers.announceProtobuf ? "" : String(decoding: body, as: UTF8.self),
            retryAfter: retryAfter, action: action)
    }
}

extension Encodable {
    /// The value as JSON, keys in order.
    func jsonBytes() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(self))
    }
}

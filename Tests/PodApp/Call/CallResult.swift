/// A line of the calls' output; what is missing is written as null.
struct CallResult: Encodable, Sendable {
    /// What the peer answered.
    enum Status: Encodable, Sendable {
        /// An HTTP status.
        case http(Int)
        /// The name of a gRPC status code, such as `PERMISSION_DENIED`.
        case grpc(String)

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .http(let code): try container.encode(code)
            case .grpc(let name): try container.encode(name)
            }
        }
    }

    private enum CodingKeys: String, CodingKey {
        case status, app, body, headers, `protocol`, error, detail
        case duration = "ms"
    }

    private(set) var status: Status?
    private(set) var headers: [String: String] = [:]
    private(set) var failure: Failure?
    /// The first 2 KB.
    private(set) var body: String?
    /// What was spoken.
    let `protocol`: String
    /// The call's time, connecting included.
    var duration = Duration.zero

    init(protocol: String) { self.protocol = `protocol` }

    /// The peer answered; `headers` may repeat, and are joined by commas.
    init(protocol: String, status: Status, headers: [(name: String, value: String)], body: [UInt8]) {
        self.protocol = `protocol`
        self.status = status
        self.headers = Dictionary(headers.map { ($0.name.lowercased(), $0.value) }) { "\($0), \($1)" }
        self.body = String(decoding: body.prefix(2_048), as: UTF8.self)
    }

    /// There was no complete answer.
    mutating func failed(_ failure: Failure) { self.failure = failure }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(status, forKey: .status)
        try container.encode(headers["x-app"], forKey: .app)
        try container.encode(body, forKey: .body)
        try container.encode(headers, forKey: .headers)
        try container.encode(`protocol`, forKey: .protocol)
        try container.encode(failure?.word, forKey: .error)
        try container.encodeIfPresent(failure?.detail, forKey: .detail)
        try container.encode(duration.milliseconds, forKey: .duration)
    }
}

/// A probe of a container, as far as the injector reads it.
struct Probe: Decodable, Hashable, Sendable {
    /// The probes of a container.
    enum Kind: String, CaseIterable, Hashable, Sendable {
        case liveness, readiness, startup

        /// The field of the container.
        var field: String { "\(rawValue)Probe" }
        /// Where Envoy answers rewritten probes of the kind, with the original's numbers.
        var port: UInt16 {
            switch self {
            case .liveness: 15901
            case .readiness: 15902
            case .startup: 15903
            }
        }
    }

    /// A port by number or by name.
    enum Port: Decodable, Hashable, Sendable {
        case number(UInt16)
        case name(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                guard let port = UInt16(exactly: number), port > 0 else {
                    throw DecodingError.dataCorruptedError(
                        in: container, debugDescription: "\(number) is no port from 1 to 65535")
                }
                self = .number(port)
            } else {
                let text = try container.decode(String.self)
                self = UInt16(text).flatMap { $0 > 0 ? .number($0) : nil } ?? .name(text)
            }
        }
    }

    /// A GET request.
    struct HTTPGet: Decodable, Hashable, Sendable {
        var path: String?
        var port: Port
        var host: String?
        var scheme: String?
    }

    /// A connection.
    struct TCPSocket: Decodable, Hashable, Sendable {
        var port: Port
        var host: String?
    }

    /// A call of gRPC's health service.
    struct GRPC: Decodable, Hashable, Sendable {
        var port: Port
        var service: String?
    }

    var httpGet: HTTPGet?
    var tcpSocket: TCPSocket?
    var grpc: GRPC?
    var timeoutSeconds: Int?

    /// The port of the pod's own that is asked; `nil` for a program, and for another host.
    var askedPort: Port? {
        if let httpGet { return httpGet.host?.isEmpty ?? true ? httpGet.port : nil }
        if let tcpSocket { return tcpSocket.host?.isEmpty ?? true ? tcpSocket.port : nil }
        return grpc?.port
    }

    /// How long an answer may take, in seconds; Kubernetes' default is 1.
    var timeout: Int64 { Int64(max(1, timeoutSeconds ?? 1)) }
}

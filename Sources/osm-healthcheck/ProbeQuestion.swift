import HTTPTypes

/// What the kubelet asks by the headers of a request.
enum ProbeQuestion: Equatable {
    /// Whether an application accepts connections at a port.
    case tcp(port: Int, timeout: Int64)
    /// What gRPC's health service at a port says of a service; the empty name is that of the server as a whole.
    case grpc(port: Int, service: String, timeout: Int64)

    /// The longest wait for an application, in seconds.
    private static let longestTimeout: Int64 = 60

    /// The question in some headers; `nil` if there is none.
    init?(_ headers: HTTPFields) {
        func value(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
        func port(_ name: String) -> Int? {
            value(name).flatMap { Int($0) }.flatMap { (1...65535).contains($0) ? $0 : nil }
        }
        let timeout =
            value("Original-Timeout-Seconds").flatMap { Int64($0) }.map { min(max($0, 1), Self.longestTimeout) } ?? 1
        if let port = port("Original-Tcp-Port") {
            self = .tcp(port: port, timeout: timeout)
        } else if let port = port("Original-Grpc-Port") {
            self = .grpc(port: port, service: value("Original-Grpc-Service") ?? "", timeout: timeout)
        } else {
            return nil
        }
    }

    /// Asks the application; throws why it does not answer as it shall.
    func ask() async throws {
        switch self {
        case .tcp(let port, let timeout): try await TCPQuestion(port: port).ask(timeout: timeout)
        case .grpc(let port, let service, let timeout):
            try await HealthServiceQuestion(port: port, service: service).ask(timeout: timeout)
        }
    }
}

/// What is spoken on a port of a Service.
public enum ApplicationProtocol: Hashable, Sendable, CaseIterable {
    /// HTTP/1.1, HTTP/2 or gRPC.
    case http
    /// Bytes, of which the client sends the first.
    case tcp
    /// Bytes, of which the server may send the first.
    case tcpServerFirst
}

extension Service.Port {
    /// What is spoken on the port; `nil` for UDP and SCTP, which the mesh leaves alone.
    ///
    /// `appProtocol` decides, any word that it does not know being TCP; else the port's name, whole or before its
    /// first hyphen; else it is HTTP, as in the original.
    public var applicationProtocol: ApplicationProtocol? {
        guard transport == "TCP" else { return nil }
        if let word = appProtocol?.lowercased(), !word.isEmpty {
            return switch word {
            case "http", "http2", "kubernetes.io/h2c", "grpc": .http
            case "tcp-server-first": .tcpServerFirst
            default: .tcp
            }
        }
        if name.hasPrefix("tcp-server-first") {
            let rest = name.dropFirst("tcp-server-first".count)
            if rest.isEmpty || rest.hasPrefix("-") { return .tcpServerFirst }
        }
        return switch name.prefix(while: { $0 != "-" }) {
        case "tcp", "https", "tls", "mysql", "mongo", "redis": .tcp
        default: .http
        }
    }
}

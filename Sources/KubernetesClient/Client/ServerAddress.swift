internal import FoundationEssentials

/// The URL of an API server, in parts.
struct ServerAddress: Equatable, Sendable {
    let scheme: String
    /// The host, an IPv6 address without its brackets.
    let host: String
    let port: Int?
    /// The path before that of the API; empty, or it begins with a slash and ends without.
    let path: String

    /// Reads a URL such as `https://10.96.0.1:443`.
    ///
    /// - Throws: ``KubernetesError`` with the code `configuration`.
    init(_ text: String) throws {
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), ["https", "http"].contains(scheme),
            let host = url.host(percentEncoded: false), !host.isEmpty
        else {
            throw KubernetesError(
                .configuration, "`\(text)` is no server: write a URL such as https://10.96.0.1:443")
        }
        self.scheme = scheme
        self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        port = url.port
        let path = url.path(percentEncoded: true)
        self.path = path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// The URL without a slash at its end, with another name in the host's place where the certificate has that.
    func base(for tlsServerName: String?) -> String {
        let name = tlsServerName ?? host
        return "\(scheme)://\(name.contains(":") ? "[\(name)]" : name)\(port.map { ":\($0)" } ?? "")\(path)"
    }
}

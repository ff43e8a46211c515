/// An HTTP or HTTPS probe that Envoy answers: what it asks of the application.
public struct ProbedRequest: Hashable, Sendable {
    /// Which probe of the container it is: `liveness`, `readiness` or `startup`.
    let kind: Probe.Kind
    /// The container's name.
    let container: String
    /// Whether the application speaks TLS at the port.
    let isTLS: Bool
    /// The application's port.
    let port: UInt16
    /// The path that the application is asked for, without its query, as it is sent: it begins with `/`.
    let path: String
    /// The query with its question mark; empty without one.
    let query: String
    /// How long the answer may take, in seconds.
    let timeout: Int64

    init(_ kind: Probe.Kind, of container: String, isTLS: Bool, port: UInt16, path: String, timeout: Int64) {
        self.kind = kind
        self.container = container
        self.isTLS = isTLS
        self.port = port
        self.timeout = timeout
        let target = RequestTarget(path)
        self.path = target.path
        query = target.query
    }

    /// The path at which Envoy is asked, with the original's name.
    var proxyPath: String { "/osm-\(kind)-probe/\(container)" }
    /// The cluster of the application's port, with the original's name.
    var cluster: String { "\(container)_\(kind)_cluster" }
}

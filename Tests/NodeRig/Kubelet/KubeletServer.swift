import NIOCore
import NIOPosix

/// The node's HTTPS endpoint, which the API server asks for logs.
struct KubeletServer: Sendable {
    init(_ agent: NodeAgent, port: Int) async throws {}

    func run() async {}
}

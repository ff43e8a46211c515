import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// The node's HTTPS endpoint, which the API server asks for logs, for connections to ports, and to run programs.
struct KubeletServer: Sendable {
    private let agent: NodeAgent
    private let server: NIOAsyncChannel<EventLoopFuture<KubeletConnection>, Never>

    /// Listens on the node's address with a certificate that it signed itself: the API server does not look at it.
    init(_ agent: NodeAgent, port: Int) async throws {
        self.agent = agent
        let tls = try await Self.context()
        server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(host: NodeNamespace.address, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
                    return try Self.configure(channel)
                }
            }
    }

    /// Serves for as long as the task lives.
    func run() async {
        await withDiscardingTaskGroup { group in
            try? await server.executeThenClose { connections in
                for try await connection in connections {
                    group.addTask {
                        // A client that went away needs no answer.
                        try? await serve(connection)
                    }
                }
            }
        }
    }

    private static func context() async throws -> NIOSSLContext {
        let words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        let pem = try await Program(words + ["-subj", "/CN=node-rig", "-days", "30", "-keyout", "-", "-out", "-"])
            .check()
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(pem.utf8), format: .pem)))
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }

    private static func configure(_ channel: any Channel) throws -> EventLoopFuture<KubeletConnection> {
        let upgrade = NIOTypedHTTPServerUpgradeConfiguration<KubeletConnection>(
            upgraders: [SPDYUpgrade()],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    try .requests(NIOAsyncChannel(wrappingChannelSynchronously: channel))
                }
            })
        let pipeline = channel.pipeline.syncOperations
        let accepted = try pipeline.configureUpgradableHTTPServerPipeline(
            configuration: .init(upgradeConfiguration: upgrade))
        let upgrading = try pipeline.handler(type: NIOTypedHTTPServerUpgradeHandler<KubeletConnection>.self)
        try pipeline.addHandler(OtherUpgrades(), position: .before(upgrading))
        return accepted
    }

    private func serve(_ connection: EventLoopFuture<KubeletConnection>) async throws {
        switch try await connection.get() {
        case .requests(let channel):
            try await channel.executeThenClose { input, output in
                for try await part in input {
                    guard case .head(let head) = part else { continue }
                    try await answer(KubeletRequest(head.uri), output)
                    return
                }
            }
        case .streams(let connection, let head):
            let request = KubeletRequest(head.uri)
            guard let pod = request.pod(of: agent) else { return try await connection.run { _ in } }
            if request.words.first == "portForward" {
                let forward = PortForward(network: pod.networkFile)
                try await connection.run { try await forward.serve($0) }
            } else if let run = request.words.last.flatMap({ pod.run(of: $0) }) {
                let command = RemoteCommand(
                    words: request.all("command"), streamCount: 1 + request.wantedStreams, run: run)
                try await connection.run { try await command.serve($0) }
            } else {
                try await connection.run { _ in }
            }
        }
    }

    private func answer(
        _ request: KubeletRequest, _ output: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
    ) async throws {
        func begin(_ status: HTTPResponseStatus) async throws {
            let headers = HTTPHeaders([("content-type", "text/plain"), ("connection", "close")])
            try await output.write(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)))
        }
        func refuse(_ status: HTTPResponseStatus, _ text: String) async throws {
            try await begin(status)
            try await output.write(.body(.byteBuffer(ByteBuffer(string: "\(text)\n"))))
            try await output.write(.end(nil))
        }
        guard request.words.first == "containerLogs", request.words.count == 4 else {
            return try await refuse(.badRequest, "this node has logs, and port-forward and exec over SPDY/3.1")
        }
        guard let log = request.log(of: agent) else {
            return try await refuse(.notFound, "there is no such container, or it has not run yet")
        }
        try await begin(.ok)
        try await log.read { bytes in
            if bytes.readableBytes > 0 { try await output.write(.body(.byteBuffer(bytes))) }
        }
        try await output.write(.end(nil))
    }
}

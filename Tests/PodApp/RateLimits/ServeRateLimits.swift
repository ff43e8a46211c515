import ArgumentParser

/// A service that counts for the proxies of a mesh, so that global rate limits have somebody to ask.
struct ServeRateLimits: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves Envoy's rate limit protocol, version 3, until SIGTERM.",
        discussion: """
            Each question is reported as a line of JSON: the domain, the descriptors and the answer. What no limit is \
            about passes.
            """)

    @Option(help: "The port; 0 takes a free one.") var port = 8081
    @Option(help: "The address to listen on.") var bind = "0.0.0.0"
    @Option(
        parsing: .singleValue,
        help: "'DOMAIN KEY=VALUE[,KEY=VALUE...] COUNT/UNIT'; the value * counts every value by itself. Repeatable.")
    var limit: [CountedLimit] = []

    func run() async throws {
        let server = RateLimitServer(limits: limit, host: bind, port: port)
        try await withThrowingTaskGroup { group in
            group.addTask { try await server.run() }
            group.addTask { await TerminationSignal.received() }
            try await JSONLine.write(Ready(port: server.port()))
            // The signal, or a server that failed.
            try await group.next()
            server.stop()
            try await group.waitForAll()
        }
    }

    private struct Ready: Encodable {
        let ready = true
        let port: Int
    }
}

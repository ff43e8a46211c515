/// A client in a network namespace that sends what it is told, for as long as it is wanted.
struct Prober {
    /// What came of a request.
    struct Answer: Decodable {
        let id: Int
        let status: Int?
        let app: String?
        let path: String?
        let bytes: Int
        let error: String?
    }

    private let program: LineProgram

    /// Starts one as the user of applications.
    init(name: String, in namespace: Namespace, app: String) throws {
        program = try LineProgram(
            name: "the prober of \(name)", command: namespace.command([app, "probe"], user: RunningPod.applicationUser))
    }

    /// Hands it requests; their answers are to be collected before the next ones.
    func send(_ requests: [ProbeRequest]) throws { try program.send(requests) }

    /// The next answers, in the order in which they came.
    func collect(_ count: Int) throws -> [Answer] { try program.collect(count) }

    func stop() { program.stop() }
}

/// A request in its very bytes, as the program that sends it reads it.
struct ProbeRequest: Encodable {
    struct TLS: Encodable {
        let roots: String
        let certificate: String?
        let key: String?
        /// Empty for none.
        let serverName: String
        /// Whether to offer the protocol by which proxies of the mesh recognize each other.
        let isMesh: Bool
    }

    let id: Int
    let endpoint: String
    let text: String
    let tls: TLS?
}

/// A client in a network namespace that keeps connections open, and sends what it is told on them or on new ones.
struct OpenProber {
    /// What is sent.
    struct Request: Encodable {
        var id = 0
        let endpoint: String
        /// The connection's number; `nil` for a new one.
        var connection: Int?
        /// The path of a request; `nil` where lines are exchanged.
        var path: String?
        /// The line where there is no path; `nil` where the server speaks first.
        var line: String?
    }

    /// What came of it.
    struct Answer: Decodable {
        let id: Int
        let status: Int?
        let app: String?
        let bytes: Int
        let isFirst: Bool
        let error: String?

        /// For people.
        var text: String { error ?? status.map { "\($0) \(app ?? "")" } ?? app ?? "nothing" }
    }

    private let program: LineProgram

    /// Starts one as the user of applications.
    init(in namespace: Namespace, app: String) throws {
        program = try LineProgram(
            name: "the prober", command: namespace.command([app, "probe-open"], user: RunningPod.applicationUser))
    }

    /// Hands it requests; `collect` returns their answers.
    func send(_ requests: [Request]) throws {
        try program.send(
            requests.enumerated().map { index, request in
                var request = request
                request.id = index
                return request
            })
    }

    /// The answers to the requests that were sent last, in the order of the requests.
    func collect(_ count: Int) throws -> [Answer] {
        try program.collect(count, Answer.self).sorted { $0.id < $1.id }
    }

    func stop() { program.stop() }
}

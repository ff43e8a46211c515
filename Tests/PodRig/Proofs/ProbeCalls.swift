/// The calls of one client that tell policies apart, with what comes of them.
struct ProbeCalls {
    struct Call {
        let what: String
        let request: OpenProber.Request
        /// How it ends: a status, or `no answer`; `answered` for lines.
        let expected: String
        let isAllowed: Bool
        /// Who may answer; any if empty.
        var apps: Set<String> = []

        func isMet(by answer: OpenProber.Answer) -> Bool {
            if expected == "no answer" { return answer.error.map { $0 != "timeout" } ?? false && answer.bytes == 0 }
            guard answer.error == nil else { return false }
            if !apps.isEmpty, !apps.contains(answer.app ?? "") { return false }
            return answer.status.map { "\($0)" == expected } ?? (expected == "answered")
        }
    }

    /// How many connections a client keeps open: several, since each of the servers must have its chance.
    private static let connections = 4
    private static let paths = ["/ok", "/flip", "/never"]
    static let callsOnOpenConnections = connections * paths.count

    let client: String
    private(set) var all: [Call] = []
    var requests: [OpenProber.Request] { all.map(\.request) }

    init(of client: String, _ policies: ProofPolicies, on mesh: any PodMesh) throws {
        self.client = client
        let web = "\(try mesh.address(of: ProofPods.web)):\(ProofPods.webPort)"
        for path in Self.paths {
            for connection in 0..<Self.connections { addRequest(path, to: web, connection, policies) }
            addRequest(path, to: web, nil, policies)
        }
        let otherWeb = "\(try mesh.address(of: ProofPods.web)):\(ProofPods.otherWebPort)"
        if policies.hasOtherWebPort {
            addRequest("/ok", to: otherWeb, nil, policies)
        } else {
            let request = OpenProber.Request(endpoint: otherWeb, path: "/ok")
            all.append(Call(what: "to a port that is none", request: request, expected: "no answer", isAllowed: false))
        }
        let other = "\(try mesh.address(of: ProofPods.echo)):\(ProofPods.otherEchoPort)"
        addConnection("echo", to: other, line: "hello", isAllowed: policies.allowsOtherEcho)
        let database = "\(try mesh.pod("db-0").specification.address):\(ProofPods.databasePort)"
        addConnection("db-0", to: database, line: nil, isAllowed: policies.allowsDatabase(from: client))
    }

    private mutating func addRequest(
        _ path: String, to endpoint: String, _ connection: Int?, _ policies: ProofPolicies
    ) {
        let isAllowed = policies.allows(path, from: client)
        let request = OpenProber.Request(endpoint: endpoint, connection: connection, path: path)
        let way = connection == nil ? "on a new connection" : "on an open connection"
        all.append(
            Call(
                what: "GET \(path) of \(endpoint) \(way)", request: request, expected: isAllowed ? "200" : "403",
                isAllowed: isAllowed, apps: isAllowed ? policies.answering : []))
    }

    private mutating func addConnection(_ server: String, to endpoint: String, line: String?, isAllowed: Bool) {
        let request = OpenProber.Request(endpoint: endpoint, line: line)
        all.append(
            Call(
                what: "a connection to \(server) at \(endpoint)", request: request,
                expected: isAllowed ? "answered" : "no answer", isAllowed: isAllowed))
    }
}

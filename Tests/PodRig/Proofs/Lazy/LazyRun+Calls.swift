import Foundation

extension LazyRun {
    /// First calls of every kind, and a second of each: all answered, each kind asked about once.
    func firstCalls() throws -> String {
        let before = try sizes(of: "db-0")
        let start = mark()
        var times: [String] = []
        func call(_ what: String, _ asked: Int, _ call: () throws -> (text: String, duration: Duration)) throws {
            for round in ["first", "second"] {
                let from = mark()
                let outcome = try call()
                run.expect("\(round) call from db-0 by \(what)", "answered", seen: outcome.text)
                run.expect(
                    "questions at the \(round) call by \(what)", round == "first" ? "\(asked)" : "0",
                    seen: "\(questions(from: from))")
                times.append("\(what) \(round) \(Int(outcome.duration / .milliseconds(1))) ms")
            }
        }
        try call("HTTP", 1) { try get("http://\(web)/ok", from: "db-0") }
        try call("gRPC", 1) { try say(Self.grpcAddresses[0], from: "db-0") }
        try call("TCP", 1) { try line("hello", to: echo, isGreeted: false, from: "db-0") }
        let greeted = try line(
            nil, to: "\(try rig.pod("db-1").specification.address):\(ProofPods.databasePort)", isGreeted: true,
            from: "echo")
        run.expect("first call from echo of a server that speaks first", "answered", seen: greeted.text)
        let after = try sizes(of: "db-0")
        run.expect("questions in all", "4", seen: "\(questions(from: start))")
        return
            "\(times.joined(separator: ", ")), server first \(Int(greeted.duration / .milliseconds(1))) ms; of db-0's proxy "
            + "\(before.clusters) clusters and \(before.listeners) listeners before, \(after.clusters) and "
            + "\(after.listeners) after 3 services were called"
    }

    /// Another pod of the identity has what was called, without asking; a pod of another identity does not.
    func siblings() throws {
        try awaitEverybody()
        let from = mark()
        let listeners = try virtualListeners(of: "db-1")
        run.expect("virtual listeners of db-1", "that of \(web)", listeners.contains(web), seen: listeners.text)
        run.expect("db-1 by HTTP", "answered", seen: try get("http://\(web)/ok", from: "db-1").text)
        run.expect("db-1 by TCP", "answered", seen: try line("hello", to: echo, isGreeted: false, from: "db-1").text)
        run.expect("questions of db-1", "0", seen: "\(questions(from: from))")
        run.expect("virtual listeners of web-1", "none", seen: try virtualListeners(of: "web-1").text)
        let status = try run.status().object("Service", "shop/web-grpc")?["Programmed"]
        // Three pods of the service itself, two clients that a TrafficTarget names, two of the identity that has called it.
        run.expect("who has to have web-grpc", "7/7 proxies", seen: status?.message ?? "no condition")
    }

    /// The address may be of either family.
    func firstByIPv6() throws {
        let from = mark()
        let outcome = try say("[\(Self.grpcAddresses[1])]", from: "echo")
        run.expect("first call from echo by gRPC and IPv6", "answered", seen: outcome.text)
        run.expect("questions for it", "1", seen: "\(questions(from: from))")
    }

    /// The very first connection follows the edits that are made while it is open.
    func editOnFirstConnection() throws {
        let prober = try OpenProber(in: rig.pod("echo").namespace, app: rig.programs.app)
        defer { prober.stop() }
        func answers(_ count: Int) throws -> [OpenProber.Answer] {
            try prober.send((0..<count).map { _ in .init(endpoint: web, connection: 0, path: "/ok") })
            return try prober.collect(count)
        }
        let from = mark()
        let first = try answers(20)
        run.expect(
            "20 requests on the first connection of echo to web", "200, by both versions",
            first.allSatisfy { $0.status == 200 } && Set(first.compactMap(\.app)).count > 1,
            seen: Set(first.map(\.text)).sorted().text)
        run.expect("questions for them", "1", seen: "\(questions(from: from))")
        for weights in [[0, 100], [100, 0], [50, 50]] {
            var policies = run.policies
            policies.weights = weights
            try run.write(policies)
            try run.awaitProgrammed("TrafficSplit", "shop/web")
            let next = try answers(20)
            run.expect(
                "the same connection after an edit to \(weights)", "200, by \(policies.answering.sorted().text)",
                next.allSatisfy { $0.status == 200 && !$0.isFirst && policies.answering.contains($0.app ?? "") },
                seen: Set(next.map(\.text)).sorted().text)
        }
    }

    /// An address that no service has: refused at once, or passed on where egress is on; a service that comes later.
    func nobody() throws -> String {
        let port: UInt16 = 8088
        let url = "http://\(Self.nobody):\(port)/ok"
        try rig.node.ip("address add \(Self.nobody)/32 dev br0")
        let server = try RunningProgram(
            name: "nobody", logs: rig.programs.logs,
            command: rig.node.command([rig.programs.app, "serve", "--name", "nobody", "--http", "\(port)"]))
        defer {
            _ = RunningProgram.stop([server])
            try? rig.node.ip("address del \(Self.nobody)/32 dev br0")
        }
        var times: [Int] = []
        for round in 1...3 {
            let outcome = try get(url, from: "db-0")
            times.append(Int(outcome.duration / .milliseconds(1)))
            run.expect(
                "call \(round) of an address that nobody has", "no response, at once",
                outcome.text.hasPrefix("no response") && outcome.duration < .seconds(3),
                seen: "\(outcome.text) after \(outcome.duration)")
        }
        for isOpen in [true, false] {
            var policies = run.policies
            policies.isEgressOpen = isOpen
            try run.write(policies)
            try run.awaitProgrammed("MeshConfig", "osm-system/osm-mesh-config")
            try awaitEverybody()
            for pod in ["db-0", "db-1"] {
                let outcome = try get(url, from: pod)
                run.expect(
                    "\(pod) to an address that nobody has, egress \(isOpen ? "on" : "off")",
                    isOpen ? "answered" : "no response", outcome.text.hasPrefix(isOpen ? "answered" : "no response"),
                    seen: outcome.text)
            }
        }
        return "of an address that nobody has refused after \(times.map { "\($0) ms" }.joined(separator: ", "))"
    }

    /// A call by gRPC of a pod; `answered` with status OK.
    private func say(_ address: String, from pod: String) throws -> (text: String, duration: Duration) {
        var call = Call("POST", "http://\(address):\(ProofPods.grpcPort)/osm.test.Echo/Say")
        call.spoken = "grpc"
        let answer = try rig.pod(pod).call(call)[0]
        return (answer.status == "OK" ? "answered" : answer.text, answer.duration)
    }

    /// A request of a pod; `answered` with status 200.
    func get(_ url: String, from pod: String, limit: Duration = .seconds(5)) throws -> (
        text: String, duration: Duration
    ) {
        var call = Call("GET", url)
        call.limit = limit
        let answer = try rig.pod(pod).call(call)[0]
        return (answer.status == "200" ? "answered" : answer.text, answer.duration)
    }

    /// A connection of a pod.
    func line(
        _ line: String?, to address: String, isGreeted: Bool, from pod: String
    ) throws -> (text: String, duration: Duration) {
        let start = ContinuousClock.now
        let outcome = try rig.pod(pod).call(TCPCall(address, isGreeted: isGreeted, line: line))
        return (outcome.text, start.duration(to: .now))
    }
}

import MeshModel

/// Everybody in the mesh may call everybody, whatever is spoken.
struct PermissiveMode: DemoStep {
    let title = "permissive mode"

    func run(in demo: Demo) throws {
        // Before all else: the test application upgrades only the first request of a connection, and proxies reuse
        // connections.
        try demo.expectCall(
            from: "bookbuyer", to: Bookstore.apex, "GET", "/ws", status: "101", spoken: "websocket")
        try demo.startTraffic(from: Demo.clients, path: "/buy-a-book", rate: 10)
        for client in ["bookbuyer", "bookthief"] { try expectBothVersions(from: client, in: demo) }
        for version in ["bookstore-v1", "bookstore-v2"] {
            try demo.expectCall(
                from: version, to: Bookstore.warehouse, "POST", "/restock", status: "200", decider: "permissive")
        }
        try demo.expectCall(from: "bookbuyer", to: Bookstore.apex, "POST", "/buy-a-book/fiction", status: "200")
        try expectAsSent(in: demo)
        try demo.expectCall(
            from: "bookbuyer", to: Bookstore.version1, "POST", "/osm.test.Echo/Say", status: "OK", spoken: "grpc",
            port: BookstorePods.grpcPort)
        let calls = DatabaseCalls(demo: demo)
        try calls.expectAnswer(from: "bookthief", at: calls.name(0), by: "mysql-0", policy: "permissive")
    }

    private func expectBothVersions(from client: String, in demo: Demo) throws {
        let row = Expectation(
            caller: client, service: "bookstore", what: "GET /books-bought, 100 times", expected: "200 from v1 and v2")
        try demo.expect(row) {
            var call = Call("GET", "http://bookstore.bookstore:\(BookstorePods.httpPort)/books-bought")
            call.times = 100
            let answers = try demo.rig.pod(client).call(call)
            let apps = Dictionary(answers.map { ($0.app ?? $0.text, 1) }, uniquingKeysWith: +)
            let isAllWell = answers.allSatisfy { $0.status == "200" }
            return Observation(
                text: Bookstore.shares(apps),
                decidedBy: "permissive mode, TrafficSplit bookstore/bookstore-split",
                isAsExpected: isAllWell && Set(apps.keys) == ["bookstore-v1", "bookstore-v2"])
        }
    }

    /// The application must see the version of HTTP that the client spoke.
    private func expectAsSent(in demo: Demo) throws {
        let row = Expectation(
            caller: "bookbuyer", service: "bookstore", what: "HTTP/1.1 arrives as sent", expected: "HTTP/1.1")
        try demo.expect(row) {
            let call = Call("GET", "http://bookstore.bookstore:\(BookstorePods.httpPort)/books-bought")
            let body = try demo.rig.pod("bookbuyer").call(call)[0].body
            let spoken = body.flatMap { LogFields(line: $0) }?["protocol"] ?? "?"
            return Observation(text: spoken, isAsExpected: spoken == "HTTP/1.1")
        }
    }
}

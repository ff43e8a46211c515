import MeshModel

/// Who may not open a connection gets no greeting, and the server's application never hears of it.
struct ServerFirstProof: Proof {
    let name = "server-first"
    let promise = "a refused client of a server that speaks first gets not one byte, and the application sees nothing"

    /// How often each way is tried.
    private let times = 10

    func run(_ run: ProofRun) throws -> String {
        let server = try run.rig.pod("db-0")
        let address = "\(server.specification.address):\(ProofPods.databasePort)"
        try expectNothing(run, "client-2 through its own proxy") {
            try run.rig.pod("client-2").call(TCPCall(address, line: nil))
        }
        for (account, isAllowed) in [("client-1", true), ("client-2", false)] {
            let options = try run.certificate(of: account, in: "clients")
            func call() throws -> TCPCall.Outcome {
                var call = TCPCall(address, isGreeted: true, line: isAllowed ? "hello" : nil)
                call.options = options + ["--sni", "db.shop.svc.cluster.local", "--alpn", "osm"]
                return try call.make(in: run.rig.outsider(), app: run.rig.programs.app)
            }
            if isAllowed {
                let outcome = try call()
                run.expect(
                    "past the proxy with the certificate of \(account)", "db-0", seen: outcome.app ?? outcome.text)
            } else {
                try expectNothing(run, "past the proxy with the certificate of \(account)", call)
            }
        }
        try expectNothing(run, "past the proxy without TLS") {
            // Without a byte of its own the server's proxy would wait for it, to tell TLS from what is none.
            try TCPCall(address, line: "hello").make(in: run.rig.outsider(), app: run.rig.programs.app)
        }
        return "\(3 * times) refused connections in 3 ways: 0 bytes received, 0 connections accepted by the application"
    }

    private func expectNothing(_ run: ProofRun, _ what: String, _ call: () throws -> TCPCall.Outcome) throws {
        let server = try run.rig.pod("db-0")
        let before = server.acceptedConnections()
        for _ in 0..<times {
            let outcome = try call()
            let isRefused = !outcome.isAnswered && outcome.end != "timeout" && outcome.bytes == 0
            run.expect(what, "an end without a byte", isRefused, seen: "\(outcome.text) \(outcome.detail ?? "")")
        }
        // One allowed connection after them: what was accepted before it is in the log by then.
        let address = "\(server.specification.address):\(ProofPods.databasePort)"
        let marker = try run.rig.pod("client-1").call(TCPCall(address, isGreeted: true, line: "hello"))
        run.expect("client-1 to \(address)", "answered", seen: marker.text)
        run.expect("\(what): connections that db-0 accepted", "0", seen: "\(server.acceptedConnections() - before - 1)")
    }
}

import Foundation

extension MeshRun {
    /// Starts steady requests of both clients, and long-lived connections to the echo server and to the database.
    func startTraffic() throws {
        for client in ProofPods.clients {
            let pod = try mesh.pod(client)
            let url = "http://\(try mesh.address(of: ProofPods.web)):\(ProofPods.webPort)/ok"
            mesh.loads.append(try Traffic(from: pod, method: "GET", url: url, to: "web", rate: rate))
            let echo = "\(try mesh.address(of: ProofPods.echo)):\(ProofPods.echoPort)"
            mesh.connections.append(try connect(client, echo, "echo", isGreeted: false))
        }
        mesh.connections.append(try connectDatabase("db-0"))
        try Waiting.until("the first answers") { () -> Void? in
            for load in mesh.loads { load.refresh() }
            return mesh.loads.allSatisfy { $0.sum.ok > 0 } ? () : nil
        }
    }

    /// Opens connections of the client that may to a pod of the database.
    func connectDatabase(_ server: String) throws -> TCPTraffic {
        let address = try mesh.pod(server).specification.address
        return try connect("client-1", "\(address):\(ProofPods.databasePort)", server, isGreeted: true)
    }

    private func connect(_ client: String, _ address: String, _ service: String, isGreeted: Bool) throws -> TCPTraffic {
        let load = try TCPTraffic(
            from: mesh.pod(client), address: address, to: service, isGreeted: isGreeted, connections: 4, rate: 20)
        try load.awaitOpen()
        return load
    }

    /// Ends all traffic without a word.
    func stopTraffic() throws {
        defer {
            mesh.loads = []
            mesh.connections = []
        }
        for load in mesh.loads { _ = try load.finish() }
        for load in mesh.connections { _ = try load.finish() }
    }

    /// Ends all traffic, and expects that no request failed and no connection was lost.
    ///
    /// - Returns: The figures.
    func finishTraffic() throws -> String {
        let requests = try mesh.loads.map { try $0.finish() }.reduce(.nothing, +)
        mesh.loads = []
        let unanswered = requests.sent - requests.done
        expect(
            "requests", "all answered with 200",
            seen: requests.failed + unanswered == 0
                ? "all answered with 200" : "of \(requests.sent): \(requests.failures), \(unanswered) unanswered")
        var held = 0
        var lines = 0
        for load in mesh.connections {
            let sum = try load.finish()
            held += load.connections
            lines += sum.answers
            expect(
                "connections of \(load.client) to \(load.service)", "none lost",
                sum.failures.isEmpty
                    && sum.opened == load.connections, seen: "\(sum.failures), \(sum.opened) opened")
        }
        let lost = mesh.connections.map { $0.total?.losses ?? 0 }.reduce(0, +)
        mesh.connections = []
        return
            "\(requests.failed + unanswered) of \(requests.sent) requests failed (\(rate)/s from each client), "
            + "\(lost) of \(held) open TCP connections lost (\(lines) lines)"
    }
}

import Foundation

extension MeshRun {
    /// Starts steady requests of both clients, and long-lived connections to the echo server and to the database.
    ///
    /// - Parameter rate: requests a second of each client, if it is another number.
    func startTraffic(rate: Int? = nil) throws {
        for client in ProofPods.clients {
            let pod = try mesh.pod(client)
            let url = "http://\(try mesh.address(of: ProofPods.web)):\(ProofPods.webPort)/ok"
            mesh.loads.append(try Traffic(from: pod, method: "GET", url: url, to: "web", rate: rate ?? self.rate))
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
        var requests = LoadReport.nothing
        for load in mesh.loads {
            let sum = try load.finish()
            requests = requests + sum
            let unanswered = sum.sent - sum.done
            expect(
                "requests of \(load.client) to \(load.service)", "all answered with 200",
                seen: sum.failed + unanswered == 0
                    ? "all answered with 200" : "of \(sum.sent): \(sum.failures), \(unanswered) unanswered")
        }
        let rates = Set(mesh.loads.map(\.rate))
        mesh.loads = []
        let failed = requests.failed + requests.sent - requests.done
        let speeds = rates.sorted().map { "\($0)/s" }.joined(separator: " or ")
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
            "\(failed) of \(requests.sent) requests failed (\(speeds) from each client), "
            + "\(lost) of \(held) open TCP connections lost (\(lines) lines)"
    }
}

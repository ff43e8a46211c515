import Foundation
import MeshModel

/// The sample at work, and the table of what is expected of it.
final class Demo {
    let rig: Rig
    let board: Board
    /// The pods that only call.
    static let clients = Bookstore.buyers + ["bookthief"]
    private let isUnattended: Bool
    private var calls = 0

    init(rig: Rig, board: Board, isUnattended: Bool) {
        self.rig = rig
        self.board = board
        self.isUnattended = isUnattended
    }

    /// Starts everything and walks through the steps.
    func walk(isFollowedByMore: Bool) throws {
        try rig.start(BookstorePods.all) { board.progress($0) }
        let steps: [any DemoStep] = [
            PermissiveMode(), SMIMode(), Database(), StatefulSet(), Canary(), TargetEdit(), BadManifests(),
            ControllerRestart(), StatusTable(),
        ]
        for (index, step) in steps.enumerated() {
            board.begin("step \(index + 1) of \(steps.count): \(step.title)")
            try step.run(in: self)
            let isLast = index + 1 == steps.count
            // Somebody who looks wants to see who calls whom now.
            if !isUnattended, rig.loads.isEmpty { try startTraffic(from: Demo.clients, path: "/buy-a-book", rate: 10) }
            if !isLast || !isFollowedByMore { try pause(isLast ? "the end" : "the next step") }
        }
        board.finishStep()
    }

    /// Says how to look around, and leaves everything as it is until somebody asks for the end.
    func keepRunning() throws {
        let width = rig.pods.map(\.name.count).max() ?? 0
        let pods = rig.pods.map { pod in
            let name = pod.name.padding(toLength: width, withPad: " ", startingAt: 0)
            return "  \(name)  ip netns exec \(pod.namespace.name) curl -s 127.0.0.1:15000/config_dump"
        }
        let buyer = try rig.pod("bookbuyer").namespace.name
        let warehouse = try rig.pod("bookwarehouse").namespace.name
        board.print(
            """

            Everything keeps running until Ctrl-C. To look around:
              manifests, to be edited  \(rig.manifests.path)
              logs                     \(rig.programs.logs)
                                       (access logs are *-envoy.out, the controller's log is controller.err)
              a call                   ip netns exec \(buyer) curl -si http://bookstore.bookstore:14001/books-bought
              a TCP connection         ip netns exec \(warehouse) bash -c 'head -n 1 </dev/tcp/mysql-0.mysql/3306'
              the status of objects    ip netns exec \(rig.node.name) curl -s 127.0.0.1:9092/status
            Envoy's administration interface in each pod:
            \(pods.joined(separator: "\n"))
            """)
        try startTraffic(from: Demo.clients, path: "/buy-a-book", rate: 10)
        while !Interruption.isRequested {
            board.refresh()
            Thread.sleep(forTimeInterval: 0.1)
        }
    }

    /// Starts steady requests of clients, in place of those before.
    func startTraffic(from clients: [String], path: String, rate: Int) throws {
        try stopTraffic()
        let service = "bookstore"
        for client in clients {
            let pod = try rig.pod(client)
            let url = "http://bookstore.bookstore:\(BookstorePods.httpPort)\(path)"
            rig.loads.append(try Traffic(from: pod, method: "GET", url: url, to: service, rate: rate))
        }
        board.show(rig.loads)
    }

    /// Opens connections of a client to a pod of the database, and holds them from then on.
    func holdConnections(from client: String, to address: String, of server: String, count: Int) throws -> TCPTraffic {
        let load = try TCPTraffic(
            from: rig.pod(client), address: address, to: server, isGreeted: true, connections: count, rate: 10)
        rig.connections.append(load)
        board.showHeld(rig.connections)
        try load.awaitOpen { board.refresh() }
        return load
    }

    /// Ends connections that were held, and returns what came of them.
    @discardableResult
    func releaseConnections(_ load: TCPTraffic) throws -> ConnectionReport {
        defer {
            rig.connections.removeAll { $0 === load }
            board.showHeld(rig.connections)
        }
        return try load.finish()
    }

    /// Ends all steady requests, and returns the sums of all.
    @discardableResult
    func stopTraffic() throws -> LoadReport {
        defer {
            rig.loads = []
            board.show([])
        }
        return try rig.loads.map { try $0.finish() }.reduce(.nothing, +)
    }

    /// Waits while the table stays alive.
    func wait<Value>(
        for what: String, within limit: Duration = .seconds(30), _ look: () throws -> Value?
    ) throws -> Value {
        try Waiting.until(what, within: limit) {
            board.refresh()
            rig.controller.log.refresh()
            return try look()
        }
    }

    /// A number that no other call of the demo has.
    func nextCallNumber() -> Int {
        calls += 1
        return calls
    }

    private func pause(_ next: String) throws {
        guard !isUnattended, isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { return }
        board.prompt = "press Return for \(next)"
        defer { board.prompt = nil }
        _ = try wait(for: "Return", within: .seconds(86_400)) { () -> Void? in
            var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            guard poll(&input, 1, 0) > 0 else { return nil }
            var line = [UInt8](repeating: 0, count: 256)
            return read(STDIN_FILENO, &line, line.count) >= 0 ? () : nil
        }
    }
}

/// A part of the demo: it changes something and says what is expected then.
protocol DemoStep {
    var title: String { get }

    /// Runs the step. What is not as expected is a row of the table, not an error.
    ///
    /// - Throws: `RigError` where it makes no sense to go on.
    func run(in demo: Demo) throws
}

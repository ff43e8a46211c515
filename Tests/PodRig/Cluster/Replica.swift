import Foundation

/// One controller that runs as an operator: a plain process on the node, with the rights of its service account.
final class Replica {
    let name: String
    /// The user that it runs as: another one for each, by which its packets are known.
    let user: Int
    /// Where it serves proxies.
    var address: String { "10.77.0.\(number + 1)" }
    private let number: Int
    private let program: String
    private let kubeconfig: String
    private let logs: String
    private let node: Namespace
    private(set) var process: RunningProgram?
    /// Further options of its command, from its next start on.
    var options: [String] = []

    /// The port on which proxies are served.
    static let port = 15128

    /// The replica of a number from 1 on, which is not started yet.
    ///
    /// - Parameters:
    ///   - program: The program osm-controller.
    ///   - kubeconfig: The path of a kubeconfig, which must be readable for the replica's user.
    init(number: Int, program: String, kubeconfig: String, logs: String, node: Namespace) {
        self.number = number
        self.program = program
        self.kubeconfig = kubeconfig
        self.logs = logs
        self.node = node
        name = "replica-\(number)"
        user = 1600 + number
    }

    var isRunning: Bool { process?.isRunning ?? false }
    var log: String { "\(logs)/\(name).err" }
    private var statusPort: Int { 9092 + 100 * number }
    private var health: String { "\(address):9091" }

    /// Starts it; `awaitReady` says when it serves.
    func start() throws {
        let words =
            [
                program, "run", "--kubeconfig", kubeconfig, "--osm-namespace", "osm-system", "--mesh-name", "osm",
                "--listen", "\(address):\(Self.port)", "--http", "127.0.0.1:\(statusPort)", "--health", health,
                "--replica", name, "--state", "unused", "--log-level", "debug", "--bundle-seconds", "10",
            ] + options
        if process == nil { try markConnections() }
        process = try RunningProgram(name: name, logs: logs, command: node.command(words, user: user))
    }

    /// Returns once it says that it is ready.
    func awaitReady() throws {
        let words = ["curl", "--silent", "--max-time", "2", "--output", "/dev/null", "--write-out", "%{http_code}"]
        let probe = try Command(node.command(words + ["http://\(health)/readyz"]))
        try Waiting.until(
            "\(name) to be ready", within: .seconds(60), explanation: { process?.lastErrors() ?? "" }
        ) { () -> Void? in
            try process?.checkRunning()
            return try probe.run().output == "200" ? () : nil
        }
    }

    /// Ends it as a crash would.
    func crash() { process?.crash() }

    /// Asks it to end, and returns what it ends with.
    func stop() throws -> Int32 {
        guard let process else { return 0 }
        process.send(SIGTERM)
        return try Waiting.until("\(name) to end", explanation: { process.lastErrors() }) { process.exitStatus }
    }

    /// What it says of objects and proxies itself.
    func status() throws -> ControllerStatus { try ControllerStatus(asking: node, port: statusPort) }

    /// Lets nothing pass between it and the API server, or lets it pass again.
    func cutOff(_ isCutOff: Bool, from server: String) throws {
        let port = server.split(separator: ":").last.map(String.init) ?? ""
        let action = isCutOff ? "-I" : "-D"
        let toServer = ["OUTPUT", "-p", "tcp", "--dport", port, "-m", "connmark", "--mark", "\(user)", "-j", "DROP"]
        let back = ["INPUT", "-p", "tcp", "--sport", port, "-m", "connmark", "--mark", "\(user)", "-j", "DROP"]
        for rule in [toServer, back] { try Command(node.command(["iptables", "-w", action] + rule)).check() }
    }

    /// Ends its connections to the API server, all at once, and returns how many there were.
    func cutConnections(to server: String) throws -> Int {
        guard let process else { return 0 }
        let sockets = try Command(node.command(["ss", "-H", "-tnp", "dst", server])).check().split(separator: "\n")
        let ports = sockets.filter { $0.contains("pid=\(process.processID),") }.compactMap { line in
            line.split(separator: " ").dropFirst(3).first?.split(separator: ":").last.map(String.init)
        }
        guard !ports.isEmpty else { return 0 }
        let filter = ports.map { "sport = :\($0)" }.joined(separator: " or ")
        _ = try Command(node.command(["ss", "-K", "dst \(server) and ( \(filter) )"])).run()
        return ports.count
    }

    /// How much memory it has.
    func residentBytes() throws -> Int {
        guard let process else { return 0 }
        let pages = try String(contentsOfFile: "/proc/\(process.processID)/statm", encoding: .utf8)
            .split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return (pages ?? 0) * Int(getpagesize())
    }

    /// Marks its connections, by which answers to it are known.
    private func markConnections() throws {
        let owner = ["-m", "owner", "--uid-owner", "\(user)"]
        let rule = ["OUTPUT", "-p", "tcp"] + owner + ["-j", "CONNMARK", "--set-mark", "\(user)"]
        try Command(node.command(["iptables", "-w", "-t", "mangle", "-A"] + rule)).check()
    }
}

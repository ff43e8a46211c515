import Foundation
import SystemPackage

/// One run of the checks.
struct CheckRun: Sendable {
    let directory: String
    let clusterScript: String
    let kubectl: String
    let app: String
    /// This program.
    let program: String

    private var kubeconfig: String { "\(directory)/cluster/admin.kubeconfig" }
    private var readyFile: String { "\(directory)/ready" }
    private var podFiles: String { "\(directory)/files" }

    /// Runs the checks whose names have one of some words.
    ///
    /// - Returns: Whether everything was as expected.
    func run(_ words: [String]) async throws -> Bool {
        try FileManager.default.createDirectory(atPath: podFiles, withIntermediateDirectories: true)
        let began = ContinuousClock.now
        // Pods reach the API server at the node's address, and by its Service.
        let flags = [
            "--bind-address=0.0.0.0", "--advertise-address=\(NodeNamespace.address)",
            "--endpoint-reconciler-type=lease",
        ]
        let cluster = ["bash", clusterScript]
        let state = ["--state", "\(directory)/cluster"]
        try await Program(cluster + ["up"] + state + flags.flatMap { ["--server-flag", $0] }).check()
        let api = try APIClient(kubeconfig: kubeconfig)
        var isGood = false
        do {
            isGood = try await check(words, api)
        } catch {
            if !Task.isCancelled { print("node: \(error)") }
        }
        await api.shutdown()
        let down = Task { _ = try? await Program(cluster + ["down"] + state).run() }
        await down.value
        print("node: took \(Int((ContinuousClock.now - began) / .seconds(1))) s")
        return isGood
    }

    private func check(_ words: [String], _ api: APIClient) async throws -> Bool {
        let cluster = CheckCluster(
            api: api, kubectl: kubectl, kubeconfig: kubeconfig, directory: "\(directory)/node", podFiles: podFiles)
        var table = CheckTable()
        let first = try await withNode { _ in
            try await CheckCase.prepareServer(cluster)
            try await CheckCase.prepareNetwork(cluster)
            let cases = CheckCase.all.filter { row in words.isEmpty || words.contains { row.name.contains($0) } }
            try await observe(cases, cluster, &table)
        }
        let leftovers = CheckLeftovers(cluster: cluster)
        if words.isEmpty { table.add(await leftovers.killed(first)) }
        if words.isEmpty {
            let second = try await withNode(isAskedToEnd: true) { process in
                table.add(await leftovers.restarted())
                let script: @Sendable (String) -> Program = {
                    Program(["bash", clusterScript, $0, "--state", "\(directory)/cluster"])
                }
                table.add(await CheckOutage(cluster: cluster, script: script).row())
                kill(process, SIGTERM)
            }
            table.add(await leftovers.ended(second))
            let third = try await withNode(isAskedToEnd: true) { process in
                try await leftovers.starts()
                kill(process, SIGTERM)
            }
            table.add(await leftovers.ended(third, when: " while it starts pods"))
        }
        print(table.summary)
        return table.isAsExpected
    }

    /// Runs the node while something is done with it; then it is killed, unless it was asked to end and does.
    ///
    /// - Returns: The exit code of the node.
    private func withNode(isAskedToEnd: Bool = false, _ body: (Int32) async throws -> Void) async throws -> Int32 {
        try? FileManager.default.removeItem(atPath: readyFile)
        let log = try FileDescriptor.open(
            "\(directory)/node.log", .writeOnly, options: [.create, .append],
            permissions: FilePermissions(rawValue: 0o644))
        defer { try? log.close() }
        let words = [
            program, "run", "--kubeconfig", kubeconfig, "--state", "\(directory)/node", "--ready-file", readyFile,
            "--image", "tools:*=", "--image", "pod-app:*=\(app):/pod-app", "--pod", podFiles, "--token-refresh", "5",
        ]
        let started = OneShot<Int32>()
        let ended = Task { try await Program(words).run(log: log) { started.set($0) } }
        let process = try await started.wait()
        defer { kill(process, SIGKILL) }
        do {
            let deadline = ContinuousClock.now + .seconds(60)
            while !FileManager.default.fileExists(atPath: readyFile) {
                guard ContinuousClock.now < deadline, kill(process, 0) == 0 else {
                    throw RigError("the node is not ready")
                }
                try await Task.sleep(for: .milliseconds(50))
            }
            try await body(process)
        } catch {
            kill(process, SIGKILL)
            _ = try? await ended.value
            throw error
        }
        if Task.isCancelled || !isAskedToEnd { kill(process, SIGKILL) }
        return try await finish(ended, process)
    }

    private func finish(_ ended: Task<Int32, any Error>, _ process: Int32) async throws -> Int32 {
        let code = OneShot<Int32>()
        let waiting = Task { _ = code.set((try? await ended.value) ?? -1) }
        if await code.wait(atMost: .seconds(60)) == nil {
            print("node: it does not end within a minute; what its threads wait in: \(Self.threads(of: process))")
            kill(process, SIGKILL)
        }
        await waiting.value
        return code.current ?? -1
    }

    private static func threads(of process: Int32) -> String {
        let tasks = "/proc/\(process)/task"
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        return numbers.sorted().map { number in
            ["comm", "wchan", "syscall"].map {
                SystemFile.text("\(tasks)/\(number)/\($0)").trimmingCharacters(in: .newlines)
            }
            .joined(separator: " ")
        }.joined(separator: "; ")
    }

    private func observe(_ cases: [CheckCase], _ cluster: CheckCluster, _ table: inout CheckTable) async throws {
        await withTaskGroup(of: CheckTable.Row.self) { group in
            for row in cases {
                group.addTask {
                    var observed: String
                    do { observed = try await row.observe(cluster) } catch { observed = "\(error)" }
                    return CheckTable.Row(name: row.name, expected: row.expected, observed: observed)
                }
            }
            for await row in group { table.add(row) }
        }
    }
}

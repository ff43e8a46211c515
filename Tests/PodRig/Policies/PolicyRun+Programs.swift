import Foundation

extension PolicyRun {
    /// Starts a program beside the application of a pod, until the situation ends.
    ///
    /// Its output is in the file that the result names. In a pod with a sidecar, what it connects to goes through that.
    ///
    /// - Parameters:
    ///   - name: a name of its own, for messages and its log.
    ///   - words: the program and its arguments; `rig.programs.app` is the test application.
    ///   - isReady: whether it serves; asked again and again before this returns.
    @discardableResult
    func start(
        _ name: String, in pod: String, _ words: [String], until isReady: () throws -> Bool = { true }
    ) throws -> RunningProgram {
        try start(
            name, command: rig.pod(pod).namespace.command(words, user: RunningPod.applicationUser), until: isReady)
    }

    /// Starts a program on the node, at 10.77.0.1, as root, until the situation ends.
    @discardableResult
    func startOnNode(
        _ name: String, _ words: [String], until isReady: () throws -> Bool = { true }
    ) throws -> RunningProgram {
        try start(name, command: rig.node.command(words), until: isReady)
    }

    private func start(
        _ name: String, command: [String], until isReady: () throws -> Bool
    ) throws -> RunningProgram {
        let program = try RunningProgram(name: name, logs: rig.programs.logs, command: command)
        atEnd { _ = RunningProgram.stop([program]) }
        try Waiting.until("\(name) to serve", explanation: { program.lastErrors() }) { () -> Void? in
            try program.checkRunning()
            return try isReady() ? () : nil
        }
        return program
    }

    /// Runs the application of a pod with other arguments until the situation ends: `serve --name NAME ...`.
    func restartApplication(_ pod: String, with arguments: [String]) throws {
        let pod = try rig.pod(pod)
        func restart(_ arguments: [String]?) throws {
            pod.stopApplication()
            try pod.startApplication(arguments)
            try rig.awaitReadiness()
        }
        atEnd { try restart(nil) }
        try restart(arguments)
        try awaitSettled()
    }

    /// Runs the application of a pod with further arguments until the situation ends.
    func restartApplication(_ pod: String, adding arguments: [String]) throws {
        try restartApplication(
            pod, with: (rig.pod(pod).specification.application ?? ["serve", "--name", pod]) + arguments)
    }

    /// The lines that a pod's Envoy writes to its access log from now on.
    func accessLog(of pod: String) throws -> LogTail { LogTail(after: try rig.pod(pod).accessLogPath) }

    /// The first line with a text that comes to a log within some seconds; `nil` if none does.
    func line(with text: String, in log: inout LogTail, within limit: Duration = .seconds(5)) throws -> String? {
        let start = ContinuousClock.now
        while true {
            if let line = log.newLines().first(where: { $0.contains(text) }) { return line }
            guard start.duration(to: .now) < limit else { return nil }
            try Interruption.check()
            Thread.sleep(forTimeInterval: 0.05)
        }
    }

    /// The statistics of a pod's Envoy whose names match a regular expression, by name.
    func statistics(of pod: String, _ expression: String) throws -> [String: Int] {
        let lines = try rig.pod(pod).admin("/stats?filter=\(expression)").split(separator: "\n")
        let pairs = lines.compactMap { line -> (String, Int)? in
            let words = line.components(separatedBy: ": ")
            return words.count == 2 ? Int(words[1]).map { (words[0], $0) } : nil
        }
        return Dictionary(pairs) { $0 + $1 }
    }

    /// What a pod's Envoy answers at its admin interface, such as `/config_dump` or `/stats/prometheus`.
    func admin(of pod: String, _ path: String) throws -> String { try rig.pod(pod).admin(path) }
}

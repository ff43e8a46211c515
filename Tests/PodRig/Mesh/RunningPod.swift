import Foundation
import MeshModel

/// A pod at work: a network namespace, the product's redirection, a real Envoy and an application.
final class RunningPod {
    /// The user of applications: neither root nor Envoy.
    static let applicationUser = 1000
    /// The user of Envoy, which the redirection exempts.
    static let envoyUser = 1500

    let specification: PodSpecification
    let namespace: Namespace
    /// Whether its probes have succeeded, and nothing was stopped since.
    private(set) var isReady = false
    /// What its Envoy wrote about requests.
    var accessLog: AccessLog
    /// The file of its access log.
    let accessLogPath: String
    /// The directory of the files of its sidecar.
    let directory: String
    /// Where the sidecar sees them; `nil` for where they are.
    private let mountPath: String?
    private let programs: PodPrograms
    private var envoy: RunningProgram?
    private var application: RunningProgram?
    /// What the application has printed since it was started.
    private var applicationOutput: LogTail?

    init(
        _ specification: PodSpecification, namespace: Namespace, directory: String, programs: PodPrograms,
        mountPath: String? = nil
    ) {
        self.specification = specification
        self.namespace = namespace
        self.mountPath = mountPath
        self.directory = "\(directory)/pods/\(specification.shortName)"
        self.programs = programs
        accessLogPath = "\(programs.logs)/\(specification.shortName)-envoy.out"
        accessLog = AccessLog(path: accessLogPath)
    }

    var name: String { specification.shortName }
    /// The directory of its logs.
    var logs: String { programs.logs }
    /// What its application prints, over restarts.
    var applicationLog: String { "\(programs.logs)/\(name)-app.out" }
    var processes: [RunningProgram] { [envoy, application].compactMap(\.self) }

    /// Does for the pod what injector, kubelet and container runtime would do.
    func start(with controller: Controller) throws {
        guard specification.isMeshed else { return try startApplication() }
        try controller.writeFiles(of: specification.name, to: directory)
        try start()
    }

    /// Does what the container runtime would do, once the files of the sidecar are there.
    func start() throws {
        try handFilesToEnvoy()
        try Command(namespace.command(["/bin/sh", "\(directory)/redirect.sh"]))
            .check(environment: ["POD_IP": specification.address])
        try startEnvoy()
        try startApplication()
    }

    /// Starts Envoy, with the files that the pod has.
    ///
    /// - Parameter change: what is to be another way in the bootstrap.
    func startEnvoy(_ change: (String) throws -> String = { $0 }) throws {
        let file = try String(contentsOf: URL(filePath: "\(directory)/bootstrap.json"), encoding: .utf8)
        let bootstrap = try change(file)
        envoy = try RunningProgram(
            name: "\(name)-envoy", logs: programs.logs, owner: UInt32(RunningPod.envoyUser),
            environment: try environment(),
            // No hot restart: it would leave shared memory behind. The access log is read while it is written.
            command: namespace.command(
                [programs.envoy, "--config-yaml", bootstrap, "--concurrency", "1", "--disable-hot-restart"]
                    + ["-l", "warning", "--file-flush-interval-msec", "100"] + arguments(), user: RunningPod.envoyUser,
                seeing: mountPath.map { (directory, $0) }))
    }

    /// The arguments that its Envoy is to have.
    private func arguments() throws -> [String] {
        try String(contentsOf: URL(filePath: "\(directory)/arguments"), encoding: .utf8)
            .split(separator: "\n").map(String.init)
    }

    /// The environment variables that its Envoy is to have.
    private func environment() throws -> [String: String] {
        let text = try String(contentsOf: URL(filePath: "\(directory)/environment"), encoding: .utf8)
        let pairs = text.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        return Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], $0.count > 1 ? $0[1] : "") })
    }

    /// Starts the application, if the pod has one.
    ///
    /// - Parameter arguments: other ones than its own.
    func startApplication(_ arguments: [String]? = nil) throws {
        guard let arguments = arguments ?? specification.application else { return }
        applicationOutput = LogTail(after: applicationLog)
        application = try run(arguments, name: "\(name)-app")
    }

    /// Ends Envoy, at once or as a pod's end would.
    func stopEnvoy(byCrash isCrash: Bool = false) { stop(&envoy, isCrash) }

    /// Ends the application, at once or as a pod's end would.
    func stopApplication(byCrash isCrash: Bool = false) { stop(&application, isCrash) }

    /// Lets Envoy neither send nor receive, without ending it.
    func pauseEnvoy() { envoy?.send(SIGSTOP) }

    /// Lets Envoy go on.
    func resumeEnvoy() { envoy?.send(SIGCONT) }

    /// Starts the test application in the pod with other arguments.
    func run(_ arguments: [String], name: String) throws -> RunningProgram {
        try RunningProgram(
            name: name, logs: programs.logs,
            command: namespace.command([programs.app] + arguments, user: RunningPod.applicationUser))
    }

    /// Runs a call in the pod, as its application would make it.
    func call(_ call: Call) throws -> [Call.Answer] {
        try call.make(in: namespace, app: programs.app)
    }

    /// Makes a TCP connection in the pod, as its application would.
    func call(_ call: TCPCall) throws -> TCPCall.Outcome {
        try call.make(in: namespace, app: programs.app)
    }

    /// Probes Envoy and the application once, unless they have already answered.
    ///
    /// - Throws: `RigError` with the code `program` if one of them has ended.
    func probe() throws {
        guard !isReady else { return }
        for process in processes { try process.checkRunning() }
        let isProxyReady = try !specification.isMeshed || answers("http://127.0.0.1:15000/ready")
        isReady = try isProxyReady && applicationServes()
    }

    private func applicationServes() throws -> Bool {
        guard specification.application != nil else { return true }
        guard application != nil else { return false }
        switch specification.readiness {
        case .http(let port): return try answers("http://127.0.0.1:\(port)/ready")
        case .readyLine:
            let lines = applicationOutput?.newLines() ?? []
            if lines.contains(where: { LogFields(line: $0)?["ready"] == "true" }) { applicationOutput = nil }
            return applicationOutput == nil
        }
    }

    private func answers(_ place: String) throws -> Bool {
        let curl = ["curl", "--silent", "--max-time", "2", "--output", "/dev/null", "--write-out", "%{http_code}"]
        return try Command(namespace.command(curl + [place])).run().output == "200"
    }

    /// What its Envoy's admin interface answers.
    func admin(_ path: String) throws -> String {
        let words = ["curl", "--silent", "--globoff", "--max-time", "5", "http://127.0.0.1:15000\(path)"]
        return try Command(namespace.command(words)).check()
    }

    /// The sum of its Envoy's counters whose names match a regular expression.
    func sumOfCounters(matching expression: String) throws -> Int {
        try admin("/stats?filter=\(expression)").split(separator: "\n")
            .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
    }

    /// Why it may not be ready: what its programs complained of.
    var complaints: String {
        processes.map { "\($0.name), in \($0.errorPath):\n\($0.lastErrors())" }.joined(separator: "\n")
    }

    private func stop(_ program: inout RunningProgram?, _ isCrash: Bool) {
        guard let running = program else { return }
        isReady = false
        // One that is paused would not hear of its end.
        running.send(SIGCONT)
        if isCrash { running.crash() } else { _ = RunningProgram.stop([running]) }
        program = nil
    }

    /// What the kubelet does with a projected volume: readable by the user that the pod runs as.
    private func handFilesToEnvoy() throws {
        for file in try FileManager.default.contentsOfDirectory(atPath: directory) {
            guard chown("\(directory)/\(file)", uid_t(RunningPod.envoyUser), gid_t(RunningPod.envoyUser)) == 0 else {
                throw RigError(.file, "cannot give \(directory)/\(file) to user \(RunningPod.envoyUser)")
            }
        }
    }
}

/// The programs that pods run, where every user may read them, and the directory of their logs.
struct PodPrograms {
    let app: String
    let envoy: String
    let logs: String
}

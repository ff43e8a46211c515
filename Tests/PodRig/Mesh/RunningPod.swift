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
    /// Whether its probes have succeeded.
    private(set) var isReady = false
    /// What its Envoy wrote about requests.
    var accessLog: AccessLog
    private let programs: PodPrograms
    private let directory: String
    private var envoy: RunningProgram?
    private var application: RunningProgram?

    init(_ specification: PodSpecification, namespace: Namespace, directory: String, programs: PodPrograms) {
        self.specification = specification
        self.namespace = namespace
        self.directory = "\(directory)/pods/\(specification.shortName)"
        self.programs = programs
        accessLog = AccessLog(path: "\(programs.logs)/\(specification.shortName)-envoy.out")
    }

    var name: String { specification.shortName }
    /// The directory of its logs.
    var logs: String { programs.logs }
    var processes: [RunningProgram] { [envoy, application].compactMap(\.self) }

    /// Does for the pod what injector, kubelet and container runtime would do.
    func start(with controller: Controller) throws {
        try controller.writeFiles(of: specification.name, to: directory)
        try handFilesToEnvoy()
        try Command(namespace.command(["/bin/sh", "\(directory)/redirect.sh"]))
            .check(environment: ["POD_IP": specification.address])
        let bootstrap = try String(contentsOf: URL(filePath: "\(directory)/bootstrap.json"), encoding: .utf8)
        envoy = try RunningProgram(
            name: "\(name)-envoy", logs: programs.logs, owner: UInt32(RunningPod.envoyUser),
            // No hot restart: it would leave shared memory behind. The access log is read while it is written.
            command: namespace.command(
                [programs.envoy, "--config-yaml", bootstrap, "--concurrency", "1", "--disable-hot-restart"]
                    + ["-l", "warning", "--file-flush-interval-msec", "100"], user: RunningPod.envoyUser))
        guard let arguments = specification.application else { return }
        application = try run(arguments, name: "\(name)-app")
    }

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

    /// Probes Envoy and the application once, unless they have already answered.
    ///
    /// - Throws: `RigError` with the code `program` if one of them has ended.
    func probe() throws {
        guard !isReady else { return }
        for process in processes { try process.checkRunning() }
        var places = ["http://127.0.0.1:15000/ready"]
        if application != nil { places.append("http://127.0.0.1:\(BookstorePods.httpPort)/ready") }
        isReady = try places.allSatisfy { place in
            let curl = ["curl", "--silent", "--max-time", "2", "--output", "/dev/null", "--write-out", "%{http_code}"]
            return try Command(namespace.command(curl + [place])).run().output == "200"
        }
    }

    /// The sum of its Envoy's counters whose names match a regular expression.
    func sumOfCounters(matching expression: String) throws -> Int {
        let place = "http://127.0.0.1:15000/stats?filter=\(expression)"
        let words = ["curl", "--silent", "--max-time", "5", place]
        return try Command(namespace.command(words)).check().split(separator: "\n")
            .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
    }

    /// Why it may not be ready: what its programs complained of.
    var complaints: String {
        processes.map { "\($0.name), in \($0.errorPath):\n\($0.lastErrors())" }.joined(separator: "\n")
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

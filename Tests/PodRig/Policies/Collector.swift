import Foundation

/// The test server that collects logs and spans and decides about requests, in the pod `tools`.
struct Collector {
    static let address = "10.77.8.3"
    static let host = "tools.tools.svc.cluster.local"
    static let grpcPort = 4317
    static let httpPort = 9411

    let program: RunningProgram

    /// Starts it, until the situation ends.
    init(_ run: PolicyRun) throws {
        var log = LogTail(after: "\(run.rig.programs.logs)/collector.out")
        program = try run.start(
            "collector", in: "tools",
            [run.rig.programs.app, "collect", "--grpc", "\(Self.grpcPort)", "--http", "\(Self.httpPort)"],
            until: { log.newLines().contains { $0.contains("\"ready\":true") } })
    }

    /// The lines that it writes from now on.
    func log() -> LogTail { LogTail(after: program.outputPath) }
}

import ArgumentParser

/// The small applications that run in the pods of the tests: a server, a steady load and single calls.
///
/// Every subcommand reports as JSON, one object to a line of standard output, written as it happens.
@main
struct PodApp: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Applications for test pods.",
        subcommands: [
            Serve.self, Load.self, LoadTCP.self, Call.self, CallTCP.self, Probe.self, ProbeOpen.self, ProbeServe.self,
            ServeRateLimits.self, Collect.self,
        ])
}

import ArgumentParser

/// The program of the container `osm-healthcheck`: what a sidecar needs beside Envoy in its pod.
@main
struct HealthcheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "osm-healthcheck",
        abstract: "Helps a sidecar: answers TCP and gRPC probes, and starts and ends the pod's containers in order.",
        subcommands: [ServeCommand.self, WaitCommand.self])
}

/// The command `osm-healthcheck serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Answer the kubelet's questions, until told to stop.",
        discussion: """
            GET /osm-healthcheck connects to the port of the header Original-Tcp-Port, or asks gRPC's health service \
            at that of Original-Grpc-Port, and answers 200 if that goes well. The header Original-Timeout-Seconds says \
            how long it may take, at most 60. GET /osm-application-end answers once the pod's applications have no \
            connection and listen no more. A connection has one request; an address has 64 at a time.
            """)

    @Option(help: "The port to listen on.")
    var port = 15904

    @Flag(help: "End Envoy, and then this program, once the control plane says that the pod's applications have ended.")
    var endsWithWorkload = false

    @Option(help: "Where Envoy's administration interface is.")
    var admin = "http://127.0.0.1:15000"

    func run() async throws {
        try await ProbeServer(port: port, proxy: ProxyAdmin(address: admin), endsWithWorkload: endsWithWorkload).run()
    }
}

/// The command `osm-healthcheck wait`.
struct WaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait", abstract: "Wait until Envoy is ready, however long that takes.")

    @Option(help: "Where Envoy's administration interface is.")
    var admin = "http://127.0.0.1:15000"

    func run() async throws {
        let proxy = ProxyAdmin(address: admin)
        while await !proxy.isReady() { try await Task.sleep(for: .milliseconds(100)) }
    }
}

import ArgumentParser
import AsyncHTTPClient
import FoundationEssentials
import MeshStatus
import NIOCore

/// The command `osm-controller status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Print what of each object is in effect, as a running controller knows it.",
        discussion: """
            With --wait-ready the command waits until an object is ready: valid, all that it names there, and enforced \
            by every proxy that it affects. The exit status is 1 if that did not happen in time.
            """)

    /// How the status is printed.
    enum Output: String, ExpressibleByArgument { case table, json }

    @Option(help: "Where the controller serves its status: the value of --http of osm-controller run.")
    var http = "127.0.0.1:9092"

    @Option(help: "How it is printed: table or json.")
    var output = Output.table

    @Option(help: "Wait until this object is ready: KIND/NAMESPACE/NAME.")
    var waitReady: String?

    @Option(help: "With --wait-ready: the metadata.generation to wait for, or a later one.")
    var generation: Int64?

    @Option(help: "With --wait-ready: how long to wait, such as 30s or 2m.")
    var timeout = "30s"

    func run() async throws {
        guard let address = try SocketArgument.http(http) else { throw ValidationError("--http names no address") }
        let source = StatusSource(address: address)
        guard let waitReady else {
            let report = try await source.report()
            print(
                output == .table
                    ? StatusTableText(report).description : String(decoding: try report.json, as: UTF8.self))
            return
        }
        let wait = try ReadyWait(object: waitReady, generation: generation, timeout: timeout)
        let (isReady, text) = try await wait.outcome { try await source.report() }
        print(text)
        if !isReady { throw ExitCode(1) }
    }
}

/// The status of a controller, over HTTP.
struct StatusSource {
    /// Where the controller serves it.
    let address: SocketArgument

    /// The most that is read.
    private static let limit = 256 << 20

    /// The status now.
    func report() async throws -> StatusReport {
        let bytes: [UInt8]
        do {
            let request = HTTPClientRequest(url: "http://\(address.authority)/status")
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
            bytes = Array(buffer: try await response.body.collect(upTo: Self.limit))
        } catch {
            throw ControllerError(
                code: .status,
                message: "no controller tells its status at \(address.authority): is it running, and is its --http the"
                    + " same address?", cause: error)
        }
        do {
            return try StatusReport(json: bytes)
        } catch {
            throw ControllerError(
                code: .status, message: "what answers at \(address.authority) is no controller of this version",
                cause: error)
        }
    }
}

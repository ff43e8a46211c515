import ControlLoop
import Foundation
import Logging
import MeshModel
import MeshStatus
import Testing
import XDSCache

@testable import osm_controller

/// What a person sees of the status.
@Suite("The command that prints the status")
struct StatusCommandTests {
    private let place = FileManager.default.temporaryDirectory.appending(path: "osm-\(UUID().uuidString)")

    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static let manifests = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: shop, labels: {openservicemesh.io/monitored-by: osm}}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: shop}
        spec: {clusterIP: 10.1.2.3, selector: {app: web}, ports: [{port: 80}]}
        ---
        apiVersion: access.smi-spec.io/v1alpha3
        kind: TrafficTarget
        metadata: {name: bad, namespace: shop, generation: 3}
        spec: {destination: {kind: ServiceAccount, name: web}, rules: [{kind: HTTPRouteGroup, name: none}]}

        """

    /// A controller on manifests that serves its status while a body runs.
    private func serving(_ body: @escaping @Sendable (Controller, SocketArgument) async throws -> Void) async throws {
        let directory = place.appending(path: "manifests")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        try Data(Self.manifests.utf8).write(to: directory.appending(path: "mesh.yaml"))
        var configuration = Controller.Configuration(
            manifests: directory.path, state: place.appending(path: "state").path)
        configuration.host = "127.0.0.1"
        configuration.port = 0
        configuration.http = SocketArgument(host: "127.0.0.1", port: 0)
        let (ports, found) = AsyncStream.makeStream(of: Int.self)
        let controller = try await Controller(configuration, logger: Self.quiet, onHTTP: { found.yield($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await controller.run(logger: Self.quiet, signals: []) }
            group.addTask {
                let port = try #require(await ports.first { _ in true })
                try await body(controller, SocketArgument(host: "127.0.0.1", port: port))
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    @Test("asks a running controller and prints a table")
    func table() async throws {
        try await serving { controller, address in
            let source = StatusSource(address: address)
            var report = try await source.report()
            while report.objects.isEmpty { report = try await source.report() }
            #expect(report == controller.status.report())
            #expect(
                StatusTableText(report).description == """
                    KIND           NAMESPACE  NAME  ACCEPTED  RESOLVEDREFS  PROGRAMMED  READY  MESSAGE
                    Service        shop       web   True      True          True        True   no proxy is affected
                    TrafficTarget  shop       bad   False     Unknown       False       False  \
                    spec.sources: is empty: list the ServiceAccounts that may call
                    """)
            let bytes = try report.json
            let again = try StatusReport(json: bytes)
            #expect(again == report)
        }
    }

    @Test("waits until an object is ready, and says why it is not")
    func waiting() async throws {
        try await serving { _, address in
            let source = StatusSource(address: address)
            func outcome(_ object: String, _ generation: Int64? = nil, _ timeout: String) async throws -> (Bool, String)
            {
                try await ReadyWait(object: object, generation: generation, timeout: timeout)
                    .outcome { try await source.report() }
            }
            let ready = try await outcome("service/shop/web", 1, "30s")
            #expect(ready == (true, "service shop/web is ready: no proxy is affected"))
            let early = try await outcome("Service/shop/web", 2, "0s")
            #expect(early.0 == false)
            #expect(early.1.hasPrefix("Service shop/web: generation 2 is not in the mesh yet, but 1, after"))
            let bad = try await outcome("TrafficTarget/shop/bad", nil, "0s")
            #expect(bad.0 == false)
            #expect(
                bad.1.hasPrefix(
                    "TrafficTarget shop/bad is not ready: Invalid: spec.sources: is empty: list the ServiceAccounts that"
                ))
            let unknown = try await outcome("TrafficTarget/shop/none", nil, "0s")
            #expect(unknown.1.hasPrefix("TrafficTarget shop/none: the controller knows no such object"))
        }
    }

    @Test("says clearly that there is no controller")
    func unreachable() async throws {
        let source = StatusSource(address: SocketArgument(host: "127.0.0.1", port: 1))
        let error = await #expect(throws: ControllerError.self) { try await source.report() }
        #expect(error?.code == .status)
        #expect(error?.message.hasPrefix("no controller tells its status at 127.0.0.1:1: is it running") == true)
    }

    @Test(
        "reads addresses, and none",
        arguments: [
            ("127.0.0.1:9092", "127.0.0.1:9092"), ("[::1]:9092", "[::1]:9092"), ("localhost:0", "localhost:0"),
            ("none", nil), ("", nil),
        ] as [(String, String?)])
    func addresses(argument: String, authority: String?) throws {
        #expect(try SocketArgument.http(argument)?.authority == authority)
    }

    @Test("refuses what is no address, object or time", arguments: ["9092", "host", "host:99999", "host:-1"])
    func malformed(argument: String) {
        #expect(throws: (any Error).self) { try SocketArgument.http(argument) }
        #expect(throws: (any Error).self) { try ReadyWait(object: argument, generation: nil, timeout: "1s") }
        #expect(throws: (any Error).self) { try ReadyWait(object: "Service/a/b", generation: nil, timeout: argument) }
    }

    @Test("lets nothing of a message move the cursor")
    func control() throws {
        let condition = """
            {"type":"Ready","status":"False","reason":"Invalid","message":"a\\n\\u001b[31mb","observedGeneration":1,
             "lastTransitionTime":"2026-01-31T12:00:00Z"}
            """
        let report = try StatusReport(
            json: Array(
                """
                {"revision":1,"proxies":[],"objects":[{"kind":"Service","apiVersion":"v1","namespace":"n","name":"s",
                 "uid":"","generation":1,"summary":{},"conditions":[\(condition)]}]}
                """.utf8))
        #expect(StatusTableText(report).description.hasSuffix("-         -             -           False  a  [31mb"))
    }
}

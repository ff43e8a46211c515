import CertificateAuthority
import Foundation
import Glibc
import MeshModel
import ProxyIdentity
import Testing

@testable import osm_controller

/// The controller as a process of its own.
private struct ControllerProcess {
    let port: Int
    private let process: Process
    private let log: URL

    /// Starts a controller and waits until it serves.
    init(manifests: URL, state: URL, port: Int = 0) async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let log = state.appending(path: "log-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: state, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try Data().write(to: log)
        let process = Process()
        process.executableURL = root.appending(path: ".build/debug/osm-controller")
        process.arguments = [
            "run", "--http", "none", "--manifests", manifests.path, "--state", state.path, "--listen",
            "127.0.0.1:\(port)",
        ]
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        self.process = process
        self.log = log
        do { self.port = try await Self.port(in: log, of: process) } catch {
            // Nobody else would end it, and whoever reads the output of the tests would wait for it.
            Glibc.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            throw error
        }
    }

    /// Ends the process as a crash does.
    func kill() {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    private static func port(in log: URL, of process: Process) async throws -> Int {
        let limit = Date() + 180
        while Date() < limit, process.isRunning {
            let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
            let isPublished = lines.contains { $0.contains("\"batch published\"") }
            if isPublished, let line = lines.first(where: { $0.contains("\"serving\"") }),
                let port = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))["port"].flatMap({
                    Int($0)
                })
            {
                return port
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw NeverServed(log: try String(contentsOf: log, encoding: .utf8))
    }

    struct NeverServed: Error {
        let log: String
    }
}

@Suite("Controllers in processes of their own", .serialized)
struct ProcessTests {
    private let place = FileManager.default.temporaryDirectory.appending(path: "osm-\(UUID().uuidString)")

    /// What proxies of the given pods are sent, each until it has everything.
    private func views(
        _ process: ControllerProcess, _ state: URL, _ earlier: [TestProxy.Received?]
    ) async throws -> [TestProxy.Received] {
        var configuration = Controller.Configuration(manifests: "", state: state.path)
        configuration.host = "127.0.0.1"
        let kept = try StandaloneState(directory: state.path, configuration, now: Date())
        var result: [TestProxy.Received] = []
        for (number, earlier) in earlier.enumerated() {
            let name = TestMesh.name(number)
            let token = try await kept.tokens.issue(
                pod: .init(namespace: "shop", name: name), podUID: "pod-\(name)",
                serviceAccount: .init(namespace: "shop", name: name), serviceAccountUID: "account-\(name)",
                validity: .seconds(600), now: Date())
            let proxy = TestProxy()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await proxy.run(
                        port: process.port, token: token, rootsPEM: kept.controlPlane.rootPEM, earlier: earlier)
                }
                // Every subscription is answered, those of a returning proxy with nothing.
                let limit = ContinuousClock.now + .seconds(300)
                var (answers, quiet) = (0, ContinuousClock.now)
                func isServed() -> Bool {
                    let received = proxy.received
                    if received.responses.count != answers { (answers, quiet) = (received.responses.count, .now) }
                    guard Set(received.responses).count == 6, earlier != nil || received.isWhole else { return false }
                    // Listeners that wait for their clusters come in responses of their own.
                    return quiet + .seconds(1) < .now
                }
                while !isServed() {
                    guard .now < limit else { throw RunningController.NeverHappened(description: "\(name) is served") }
                    try await Task.sleep(for: .milliseconds(5))
                }
                group.cancelAll()
            }
            result.append(proxy.received)
        }
        return result
    }

    @Test("compute the same bytes, and send a proxy that returns nothing that it has, also after a kill")
    func sameBytes() async throws {
        defer { try? FileManager.default.removeItem(at: place) }
        let manifests = place.appending(path: "manifests")
        let state = place.appending(path: "state")
        try FileManager.default.createDirectory(at: manifests, withIntermediateDirectories: true)
        for (name, text) in TestMesh(services: 40).files {
            try Data(text.utf8).write(to: manifests.appending(path: name))
        }
        let nothing = [TestProxy.Received?](repeating: nil, count: 8)
        let first = try await ControllerProcess(manifests: manifests, state: state)
        let before = try await views(first, state, nothing)
        first.kill()

        let second = try await ControllerProcess(manifests: manifests, state: state)
        defer { second.kill() }
        let after = try await views(second, state, nothing)
        var compared = 0
        for (one, other) in zip(before, after) {
            for type in [
                TestProxy.cluster, TestProxy.endpoints, TestProxy.listener, TestProxy.route, TestProxy.extension,
            ] {
                #expect(one.bodies[type] == other.bodies[type])
                compared += one.bodies[type]?.count ?? 0
            }
            #expect(one.bodies[TestProxy.secret]?["roots"] == other.bodies[TestProxy.secret]?["roots"])
        }
        #expect(compared > 100)
        print("figure: \(compared) resources of \(before.count) views have the same bytes in two processes")

        // Those who were served by the first process return to the second, certificates and all.
        let returned = try await views(second, state, before)
        #expect(returned.map(\.resources) == Array(repeating: 0, count: before.count))
        #expect(returned.allSatisfy { $0.removed.values.allSatisfy(\.isEmpty) })
    }
}

extension TestProxy.Received {
    /// Whether there are listeners, everything that they and clusters name, and both secrets.
    var isWhole: Bool {
        versions[TestProxy.secret]?.count == 2 && versions[TestProxy.listener]?.isEmpty == false
            && wanted.allSatisfy { type, names in names.allSatisfy { versions[type]?[$0] != nil } }
    }
}

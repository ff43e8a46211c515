import CertificateAuthority
import Crypto
import Foundation
import Logging
import MeshModel
import ProxyIdentity
import Synchronization
import TestInstruments
import Testing
import XDSCache

@testable import osm_controller

/// The assembled controller on a directory of manifests, in this process.
struct RunningController {
    let controller: Controller
    let port: Int
    let state: StandaloneState
    let log: LogRecorder
    private let manifests: URL

    var cache: SnapshotCache { controller.cache }
    /// What the server is trusted by.
    var rootsPEM: String { state.controlPlane.rootPEM }

    /// Starts a controller, hands it to a body, and stops it.
    ///
    /// - Parameters:
    ///   - now: Its clock for certificates of workloads.
    ///   - servingValidity: How long a certificate of its server is valid.
    static func with(
        _ files: [String: String], now: @escaping @Sendable () -> Date = { Date() },
        servingValidity: Duration = ServingCertificate.usualValidity,
        _ body: @escaping @Sendable (RunningController) async throws -> Void
    ) async throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "osm-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: place) }
        let manifests = place.appending(path: "manifests")
        try FileManager.default.createDirectory(at: manifests, withIntermediateDirectories: true)
        for (name, text) in files {
            try Data(text.utf8).write(to: manifests.appending(path: name))
        }
        var configuration = Controller.Configuration(
            manifests: manifests.path, state: place.appending(path: "state").path)
        configuration.host = "127.0.0.1"
        configuration.port = 0
        configuration.now = now
        configuration.servingValidity = servingValidity
        let log = LogRecorder()
        let (ports, portFound) = AsyncStream.makeStream(of: Int.self)
        let controller = try await Controller(configuration, logger: log.logger) { port in
            portFound.yield(port)
            portFound.finish()
        }
        let state = try StandaloneState(directory: configuration.state, configuration, now: Date())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await controller.run(logger: log.logger, signals: []) }
            group.addTask {
                let port = try #require(await ports.first { _ in true })
                let running = RunningController(
                    controller: controller, port: port, state: state, log: log, manifests: manifests)
                try await running.until("the manifests are published") { controller.cache.revision > 0 }
                try await body(running)
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Saves a file as editors and `kubectl` users do: whole, by renaming.
    func save(_ name: String, _ text: String) throws {
        let temporary = manifests.appending(path: ".\(name).new")
        try Data(text.utf8).write(to: temporary)
        guard rename(temporary.path, manifests.appending(path: name).path) == 0 else {
            throw CocoaError(.fileWriteUnknown)
        }
    }

    /// A token for a pod of ``TestMesh``.
    func token(
        of name: String, podUID: String? = nil, validity: Duration = .seconds(3600), at now: Date = Date()
    ) async throws -> String {
        try await state.tokens.issue(
            pod: ObjectName(namespace: "shop", name: name), podUID: podUID ?? "pod-\(name)",
            serviceAccount: ObjectName(namespace: "shop", name: name), serviceAccountUID: "account-\(name)",
            validity: validity, now: now)
    }

    /// What the controller keeps over restarts.
    var stateDirectory: URL { manifests.deletingLastPathComponent().appending(path: "state") }

    /// The key that signs tokens.
    func tokenKey() throws -> P256.Signing.PrivateKey {
        let file = stateDirectory.appending(path: "token-key.pem")
        return try P256.Signing.PrivateKey(pemRepresentation: String(contentsOf: file, encoding: .utf8))
    }

    /// The proxy of a pod of ``TestMesh``.
    func proxy(_ name: String) -> ProxyID {
        ProxyID(pod: ObjectName(namespace: "shop", name: name), uid: "pod-\(name)")
    }

    /// Waits for a condition, for ten minutes at most: a debug build beside other tests is slow.
    func until(_ what: String, _ condition: () -> Bool) async throws {
        let limit = ContinuousClock.now + .seconds(600)
        while !condition() {
            guard .now < limit else { throw NeverHappened(description: "ten minutes passed before \(what)") }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    struct NeverHappened: Error, CustomStringConvertible {
        let description: String
    }
}

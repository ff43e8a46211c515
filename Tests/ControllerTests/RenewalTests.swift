import CertificateAuthority
import Foundation
import MeshModel
import Synchronization
import TestInstruments
import Testing
import XDSCache

@testable import osm_controller

/// Certificates and roots change under open streams.
@Suite("Certificates of connected proxies", .serialized)
struct RenewalTests {
    /// A clock that can be set forward.
    private final class Clock: Sendable {
        private let ahead = Mutex<TimeInterval>(0)

        var now: Date { Date().addingTimeInterval(ahead.withLock(\.self)) }
        func advance(hours: Double) { ahead.withLock { $0 += hours * 3600 } }
    }

    /// Longer than any clock here is set forward: what ends a token is not the matter.
    private static let tokenValidity = Duration.seconds(30 * 24 * 3600)

    private static func run(_ proxy: TestProxy, _ name: String, _ running: RunningController) async throws {
        let token = try await running.token(of: name, validity: tokenValidity)
        try await proxy.run(port: running.port, token: token, rootsPEM: running.rootsPEM)
    }

    @Test("A certificate is renewed on its stream before it ends, once")
    func renewal() async throws {
        let clock = Clock()
        try await RunningController.with(TestMesh(services: 6).files, now: { clock.now }) { running in
            try await withThrowingTaskGroup(of: Void.self) { group in
                let proxy = TestProxy(nodeID: "s0001")
                group.addTask { try await Self.run(proxy, "s0001", running) }
                try await running.until("it has a certificate") { proxy.workload != nil }
                let first = try #require(proxy.workload)
                // Two thirds of the default of 24 hours, less what keeps proxies apart.
                clock.advance(hours: 15.5)
                try await Task.sleep(for: .seconds(2.5))
                #expect(proxy.workload == first)
                #expect(running.controller.certificates.issued == 1)
                clock.advance(hours: 3)
                try await running.until("it has the next one") { proxy.workload != first }
                try await Task.sleep(for: .seconds(2.5))
                #expect(running.controller.certificates.issued == 2)
                #expect(running.log.lines("proxy disconnected").isEmpty)
                #expect(running.log.lines("proxy connected").count == 1)
                group.cancelAll()
            }
        }
    }

    @Test("The server's certificate is made anew under open streams: none ends, and new ones see the new one")
    func serverCertificate() async throws {
        try await RunningController.with(TestMesh(services: 6).files, servingValidity: .seconds(6)) { running in
            try await withThrowingTaskGroup(of: Void.self) { group in
                let renewals = { running.log.lines("the servers of the control plane have a new certificate").count }
                for (index, name) in (0..<6).map(TestMesh.name).enumerated() {
                    let proxy = TestProxy(nodeID: name)
                    group.addTask { try await Self.run(proxy, name, running) }
                    try await running.until("proxy \(index) has its configuration") { proxy.workload != nil }
                    // From the third on the certificate that the first one saw has ended.
                    try await running.until("certificate \(index) is made") { renewals() > index }
                }
                #expect(running.log.lines("proxy disconnected").isEmpty)
                #expect(running.log.lines("proxy connected").count == 6)
                group.cancelAll()
            }
        }
    }

    @Test("A root is replaced step by step, each when every pod has acknowledged it, and no stream ends")
    func rootReplacement() async throws {
        let mesh = TestMesh(services: 6)
        try await RunningController.with(mesh.files) { running in
            let names = (0..<6).map(TestMesh.name)
            let proxies = names.map { TestProxy(nodeID: $0) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<5 { group.addTask { try await Self.run(proxies[index], names[index], running) } }
                try await running.until("five have certificates") {
                    proxies.prefix(5).allSatisfy { $0.workload != nil && $0.roots != nil }
                }
                let certificates = proxies.map(\.workload)
                #expect(proxies.prefix(5).allSatisfy { $0.rootCount == 1 })
                let old = proxies[0].roots

                let files = RootFiles(directory: running.stateDirectory.path)
                _ = try files.beginReplacement(now: Date())
                try await running.until("five trust both roots") { proxies.prefix(5).allSatisfy { $0.rootCount == 2 } }
                try await running.until("the log names the pod that is missing") {
                    running.log.lines("root replacement: waiting for pods")
                        .contains { $0.metadata["pods.first"]?.contains("shop/s0005") == true }
                }
                // The step holds as long as one pod has not done its part: nobody has a certificate of the new root.
                try await Task.sleep(for: .seconds(2.5))
                #expect(proxies.prefix(5).map(\.workload) == Array(certificates.prefix(5)))
                #expect(running.controller.certificates.issued == 5)

                group.addTask { try await Self.run(proxies[5], names[5], running) }
                try await running.until("only the new root is trusted") {
                    proxies.allSatisfy { $0.rootCount == 1 && $0.roots != old && $0.roots != nil }
                }
                try await running.until("the end is told") { !running.log.lines("root replacement: done").isEmpty }
                // Each had one of the old root and has one of the new one.
                #expect(zip(proxies, certificates).allSatisfy { $0.workload != nil && $0.workload != $1 })
                #expect(running.controller.certificates.issued == 12)
                let present = try files.load(now: Date()).plan
                #expect(present.next == nil && present.previous == nil)
                #expect(running.log.lines("proxy disconnected").isEmpty)
                #expect(running.log.lines("proxy connected").count == 6)
                group.cancelAll()
            }
        }
    }
}

extension TestProxy {
    /// The secret with the certificate of its workload.
    fileprivate var workload: Data? { received.bodies[Self.secret]?["workload"] }
    /// The secret with the roots.
    fileprivate var roots: Data? { received.bodies[Self.secret]?["roots"] }
    /// How many roots it has.
    fileprivate var rootCount: Int {
        guard let roots else { return 0 }
        return String(decoding: roots, as: UTF8.self).components(separatedBy: "BEGIN CERTIFICATE").count - 1
    }
}

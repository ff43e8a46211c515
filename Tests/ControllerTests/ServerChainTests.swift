import CertificateAuthority
import Foundation
import MeshModel
import Synchronization
import TestInstruments
import Testing
import XDSCache

@testable import XDSServer

/// The server is known by another root, under open connections, over real TLS.
@Suite("Certificate chains of the server", .serialized)
struct ServerChainTests {
    /// A root, and a certificate that it signed for the server.
    private struct Issued {
        let authority: CertificateAuthority
        let chain: ServerChain

        init() throws {
            authority = try CertificateAuthority.create(name: "root", now: Date()).authority
            let issued = try authority.issueServer(
                dnsName: "osm-controller.osm-system.svc", validity: .seconds(3600), now: Date())
            chain = ServerChain(
                root: authority.identifier, certificateChainPEM: issued.certificateChainPEM,
                privateKeyPEM: issued.privateKeyPEM)
        }
    }

    private final class Chains: ServerChainSource {
        private let chains: Mutex<ServerChains>
        init(_ current: ServerChain) { chains = Mutex(ServerChains(current: current)) }
        var serverChains: ServerChains { chains.withLock(\.self) }
        func show(_ current: ServerChain, former: ServerChain?) {
            chains.withLock { $0 = ServerChains(current: current, former: former) }
        }
    }

    private static let refusal = "a proxy refuses the present certificate"

    /// What the kubelet has brought a pod.
    private final class Files: Sendable {
        private let pem: Mutex<String>
        init(_ pem: String) { self.pem = Mutex(pem) }
        var roots: String { pem.withLock(\.self) }
        func replace(_ pem: String) { self.pem.withLock { $0 = pem } }
    }

    private static func publish(_ names: [String], _ bare: BareServer) {
        let cluster = BareServer.cluster("c", size: 10, 1)
        bare.cache.publish(
            Publication(
                resources: [cluster], layers: [LayerID("all"): .some([cluster.key])],
                proxies: Dictionary(
                    uniqueKeysWithValues: names.map { (BareServer.proxy($0), .some([LayerID("all")])) })))
    }

    /// Connects for as long as it is not cancelled, each time with the roots of that moment.
    private static func stay(_ name: String, _ bare: BareServer, roots: @Sendable () -> String) async {
        while !Task.isCancelled {
            try? await TestProxy(nodeID: name).run(port: bare.port, token: name, rootsPEM: roots())
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    private static func until(_ what: String, _ condition: () throws -> Bool) async throws {
        let limit = ContinuousClock.now + .seconds(120)
        while try !condition() {
            guard .now < limit else {
                throw RunningController.NeverHappened(description: "two minutes passed before \(what)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test(
        "Proxies that know both roots come back under the new one; one that does not is served under the old one meanwhile"
    )
    func change() async throws {
        let (old, new) = (try Issued(), try Issued())
        let (oldPEM, bothPEM) = (old.authority.rootPEM, old.authority.rootPEM + new.authority.rootPEM)
        let chains = Chains(old.chain)
        let late = Files(oldPEM)
        let names = (0..<5).map { "p\($0)" }
        try await BareServer.with(chains: chains) { bare in
            Self.publish(names + ["late"], bare)
            func root(_ name: String) -> String? { bare.cache.progress(of: BareServer.proxy(name))?.serverRoot }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for name in names { group.addTask { await Self.stay(name, bare) { bothPEM } } }
                try await Self.until("all know the server by the old root") {
                    names.allSatisfy { root($0) == old.chain.root }
                }
                chains.show(new.chain, former: old.chain)
                try await Self.until("all know it by the new one") { names.allSatisfy { root($0) == new.chain.root } }
                #expect(bare.log.lines("proxy disconnected").count == names.count)
                #expect(bare.log.lines("proxy connected").count == 2 * names.count)

                // A probe that connects and closes refuses nothing.
                _ = try await Self.shell("exec 3<>/dev/tcp/127.0.0.1/\(bare.port); exec 3>&-; sleep 1")
                #expect(bare.log.lines(Self.refusal).isEmpty)
                group.addTask { await Self.stay("late", bare) { late.roots } }
                try await Self.until("the late one is served") { root("late") == old.chain.root }
                #expect(
                    !bare.log.lines(
                        "a proxy refuses the present certificate: the former one is shown to it for a while"
                    )
                    .isEmpty)
                // It was asked again, and is served all the same.
                let count = bare.log.lines("proxy connected").count
                try await Self.until("it was asked again") { bare.log.lines("proxy connected").count > count }
                #expect(names.allSatisfy { root($0) == new.chain.root })
                late.replace(bothPEM)
                try await Self.until("the late one knows it by the new root") { root("late") == new.chain.root }
                chains.show(new.chain, former: nil)
                let connected = bare.log.lines("proxy connected").count
                try await Task.sleep(for: .seconds(2.5))
                #expect(bare.log.lines("proxy connected").count == connected, "nobody has a reason to come back")
                group.cancelAll()
            }
        }
    }

    @Test("A session of the former chain is not resumed: who connects has verified the present one")
    func resumption() async throws {
        let (old, new) = (try Issued(), try Issued())
        let chains = Chains(old.chain)
        try await BareServer.with(chains: chains) { bare in
            let place = FileManager.default.temporaryDirectory.appending(path: "osm-session-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: place) }
            func connect(_ option: String) async throws -> String {
                // A client that does not verify, so that only the server decides.
                try await Self.shell(
                    "sleep 1 | timeout 20 openssl s_client -connect 127.0.0.1:\(bare.port) -alpn h2 -tls1_3 \(option) \(place.path) 2>&1"
                )
            }
            let first = try await connect("-sess_out")
            #expect(first.contains("New, TLSv1.3"))
            let resumed = try await connect("-sess_in")
            #expect(resumed.contains("Reused, TLSv1.3"), "else this test shows nothing")
            chains.show(new.chain, former: old.chain)
            let other = try await connect("-sess_in")
            #expect(other.contains("New, TLSv1.3"))
        }
    }

    private static func shell(_ words: String) async throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", words]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                let data = pipe.fileHandleForReading.readDataToEndOfFile()
                process.waitUntilExit()
                continuation.resume(returning: String(decoding: data, as: UTF8.self))
            }
        }
    }

    @Test("the former chain has its turn for an address after a refusal, and the present one has its own after that")
    func turns() {
        var turns = ChainTurns()
        let start = ContinuousClock.now
        #expect(!turns.showsFormer(to: "a", at: start))
        turns.refused(at: "a", start)
        #expect(turns.showsFormer(to: "a", at: start + .seconds(9)))
        #expect(!turns.showsFormer(to: "b", at: start))
        #expect(!turns.showsFormer(to: "a", at: start + .seconds(10)))
        turns.refused(at: "a", start + .seconds(29))
        #expect(!turns.showsFormer(to: "a", at: start + .seconds(29)), "others at the address have theirs")
        turns.refused(at: "a", start + .seconds(30))
        #expect(turns.showsFormer(to: "a", at: start + .seconds(39)))
        turns.clear()
        #expect(!turns.showsFormer(to: "a", at: start + .seconds(39)))
    }

    @Test("streams end a few at a time, and who came back to the former chain is asked again later and later")
    func departures() {
        let start = ContinuousClock.now
        func streams(_ count: UInt64, begin: ContinuousClock.Instant) -> [Departures.Stream] {
            (0..<count).map { .init(stream: $0, proxy: BareServer.proxy("p\($0)"), begin: begin) }
        }
        var departures = Departures()
        #expect(departures.next(of: streams(1000, begin: start), retry: .seconds(60), at: start).count == 50)
        departures = Departures()
        #expect(departures.next(of: streams(10_000, begin: start), retry: .seconds(60), at: start).count == 100)
        departures = Departures()
        var now = start
        var waits: [Int64] = []
        for _ in 0..<7 {
            let begin = now
            while departures.next(of: streams(1, begin: begin), retry: .seconds(60), at: now).isEmpty {
                now += .seconds(1)
            }
            waits.append((now - begin).components.seconds)
        }
        #expect(waits == [0, 60, 120, 240, 480, 600, 600])
    }
}

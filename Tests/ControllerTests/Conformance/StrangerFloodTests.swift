import Glibc
import TestInstruments
import Testing
import XDSCache

@testable import XDSServer

/// Connections on which nobody proves who they are, more of them than one address may have.
@Suite("A flood of connections from one address", .serialized)
struct StrangerFloodTests {
    private static func isServed(_ process: ControllerProcess, _ roots: String, _ token: String, from source: String)
        async throws -> Bool
    {
        var manners = WireConnection.Manners()
        manners.source = source
        return try await WireProxy.with(.delta, port: process.port, rootsPEM: roots, token: token, manners: manners) {
            proxy in
            try await proxy.ask(.cluster)
            return try await !proxy.take().names.isEmpty
        }
    }

    /// The connections of the flood that the server has not closed, and their number.
    private struct Crowd {
        var open: [RawConnection] = []
        var closed = 0

        mutating func grow(by count: Int, port: Int) throws {
            for number in 0..<count {
                let connection = try RawConnection(port: port)
                // Half of them begin to speak.
                if number % 2 == 0 { connection.send(Flood.halfGreeting) }
                open.append(connection)
            }
        }

        mutating func look() {
            let before = open.count
            open.removeAll { $0.take() == nil }
            closed += before - open.count
        }
    }

    @Test(
        "costs a bounded number of connections and memory, and hurts neither who is served there nor anybody elsewhere")
    func flood() async throws {
        let beyond = 1_000
        raiseLimit()
        try await ControllerProcess.with(WatchedMesh.files) { place in
            // With fewer files than the flood has connections, as in many containers: it has to help itself.
            let process = try await place.start(openFiles: 1_024)
            let (roots, own) = (try place.rootsPEM, try await place.token(of: "s0001"))
            let watched = try await place.token(of: WatchedMesh.pod)
            #expect(try await Self.isServed(process, roots, watched, from: "127.0.0.2"))
            let (memory, files) = (try process.residentBytes(), try process.openFiles())
            try await WireProxy.with(.delta, port: process.port, rootsPEM: roots, token: own) { neighbour in
                try await neighbour.ask(.cluster)
                _ = try await neighbour.take()
                var flood = Crowd()
                try flood.grow(by: Strangers.most + beyond, port: process.port)
                let limit = ContinuousClock.now + .seconds(60)
                // Whoever says nothing is closed after a while anyhow: they must never all have been open.
                var mostHeld = 0
                while flood.closed < beyond, .now < limit {
                    flood.look()
                    mostHeld = max(mostHeld, try process.openFiles() - files)
                    try await Task.sleep(for: .milliseconds(10))
                }
                #expect(mostHeld <= Strangers.most + beyond / 2, "\(mostHeld) were open at one time")
                #expect(flood.closed >= beyond, "\(flood.closed) were closed, \(flood.open.count) not")
                let held = try process.openFiles() - files
                #expect(held <= Strangers.most + 4)
                #expect(try await Self.isServed(process, roots, watched, from: "127.0.0.2"))
                try await neighbour.call.connection.ping()
                let peak = (try process.peakBytes() - memory) >> 20
                // Some 50 KB for each that is held.
                #expect(peak < 130)
                print(
                    """
                    figure: \(Strangers.most + beyond) connections from one address: \(flood.closed) closed, \
                    \(held) held, at most \(peak) MiB more
                    """)
            }
            // The flood is over, and its address is as good as any.
            var isServed = false
            let limit = ContinuousClock.now + .seconds(60)
            while !isServed, .now < limit {
                isServed = (try? await Self.isServed(process, roots, own, from: "127.0.0.1")) == true
                if !isServed { try await Task.sleep(for: .milliseconds(100)) }
            }
            #expect(isServed)
            #expect(process.isRunning)
        }
    }

    /// This process needs as many files as the flood has connections.
    private func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

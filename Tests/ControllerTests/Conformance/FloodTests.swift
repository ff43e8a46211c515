import Foundation
import TestInstruments
import Testing
import XDSCache

/// What clients that mean ill cost a controller in a process of its own, whose memory is looked at.
@Suite("Floods of the xDS port", .serialized)
struct FloodTests {
    /// Whether a proxy that behaves is served.
    private static func isServed(_ process: ControllerProcess, _ roots: String, _ token: String) async throws -> Bool {
        try await WireProxy.with(.delta, port: process.port, rootsPEM: roots, token: token) { proxy in
            try await proxy.ask(.cluster)
            return try await !proxy.take().names.isEmpty
        }
    }

    @Test("end by themselves or the server, and the memory that they took is taken once and not again")
    func floods() async throws {
        let rounds = isSoak ? 6 : 2
        try await ControllerProcess.with(WatchedMesh.files) { place in
            let process = try await place.start()
            let (roots, token) = (try place.rootsPEM, try await place.token(of: "s0001"))
            let watched = try await place.token(of: WatchedMesh.pod)
            #expect(try await Self.isServed(process, roots, watched))
            let files = try process.openFiles()
            var report: [String] = []
            for flood in Flood.allCases {
                let begin = ContinuousClock.now
                var resident = [try process.residentBytes()]
                var ended = 0
                for _ in 1...rounds {
                    let closed = try await withThrowingTaskGroup(of: Bool.self) { group in
                        for _ in 0..<flood.width {
                            group.addTask { try await flood.run(port: process.port, rootsPEM: roots, token: token) }
                        }
                        // Under it, too.
                        #expect(try await Self.isServed(process, roots, watched), "\(flood.testDescription)")
                        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
                    }
                    ended += closed
                    if flood.isEndedByServer { #expect(closed == flood.width, "\(flood.testDescription)") }
                    try await awaitClosed(process, files)
                    resident.append(try process.residentBytes())
                }
                let growth = resident.map { ($0 - resident[0]) >> 20 }
                // Not even while it goes on.
                let peak = (try process.peakBytes() - resident[0]) >> 20
                #expect(peak < 200, "\(flood.testDescription)")
                // What an allocator keeps it has after the first round.
                #expect(growth[rounds] - growth[1] < 48, "\(flood.testDescription): \(growth) MiB")
                let rounds = growth.dropFirst().map { "\($0)" }.joined(separator: ", ")
                report.append("\(flood.testDescription), \(flood.width) at once: \(rounds), at most \(peak)")
                let time = begin.duration(to: .now)
                print("    \(flood.testDescription): \(growth), at most \(peak) MiB, \(ended) closed, \(time)")
            }
            #expect(process.isRunning)
            #expect(try await Self.isServed(process, roots, watched))
            print(
                "figure: MiB resident more than before, after each round of floods: \(report.joined(separator: "; "))")
        }
    }

    /// Waits until the server has let go of connections whose clients have gone.
    private func awaitClosed(_ process: ControllerProcess, _ files: Int) async throws {
        let limit = ContinuousClock.now + .seconds(120)
        while try process.openFiles() > files + 2 {
            guard .now < limit else {
                throw RunningController.NeverHappened(description: "two minutes before connections were let go")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// What a client may be slow at.
    private enum Slowness: CaseIterable {
        case nothing, halfHandshake, handshakeOnly, preface, pings, headersWithoutToken, headers, slowMessage
    }

    @Test(
        "clients that are slow at the handshake, at the beginning or at their first request are gone within two minutes"
    )
    func slow() async throws {
        try await ControllerProcess.with(WatchedMesh.files) { place in
            let process = try await place.start()
            let roots = try place.rootsPEM
            let watched = try await place.token(of: WatchedMesh.pod)
            #expect(try await Self.isServed(process, roots, watched))
            var lasted: [(String, Int?)] = []
            try await withThrowingTaskGroup(of: (String, Int?).self) { group in
                for (number, slowness) in Slowness.allCases.enumerated() {
                    let token = try await place.token(of: TestMesh.name(number))
                    group.addTask {
                        ("\(slowness)", try await Self.last(slowness, process.port, roots, token))
                    }
                }
                for try await one in group { lasted.append(one) }
            }
            for (slowness, seconds) in lasted {
                #expect(seconds != nil, "\(slowness) was still connected after two minutes")
            }
            #expect(try await Self.isServed(process, roots, watched))
            let text = lasted.map { "\($0.0) \($0.1.map { "\($0) s" } ?? "for ever")" }.sorted().joined(separator: ", ")
            print("figure: how long slow clients were served: \(text)")
        }
    }

    /// How many seconds a slow client stays connected, or its stream goes on; `nil` if it is two minutes and more.
    private static func last(_ slowness: Slowness, _ port: Int, _ roots: String, _ token: String) async throws -> Int? {
        var manners = WireConnection.Manners()
        switch slowness {
        case .nothing, .halfHandshake: (manners.speaksTLS, manners.begins) = (false, false)
        case .handshakeOnly: manners.begins = false
        default: break
        }
        return try await WireConnection.with(port: port, rootsPEM: roots, manners) { connection in
            let begin = ContinuousClock.now
            var call: WireCall?
            switch slowness {
            case .headersWithoutToken: call = try await connection.open(WireCall.fields(token: nil))
            case .headers, .slowMessage: call = try await connection.open(WireCall.fields(token: token))
            default: break
            }
            if slowness == .halfHandshake { try await connection.send(bytes: Flood.halfGreeting) }
            let message = try WireCall.framed(
                HostileClient.request(ResourceType.cluster.url, (0..<100).map { "n\($0)" }))
            for second in 0..<120 {
                let state = connection.received
                if state.isClosed || call?.isOver == true { return second }
                do {
                    if slowness == .pings { try await connection.ping() }
                    if slowness == .slowMessage { try await call?.send(bytes: [message[second]]) }
                } catch { return second }
                let next = begin + .seconds(second + 1)
                try await Task.sleep(until: next, clock: .continuous)
            }
            return nil
        }
    }
}

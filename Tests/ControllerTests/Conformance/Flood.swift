import Foundation
import TestInstruments
import Testing
import XDSCache

@testable import XDSServer

/// What one client may do to cost the server more than itself; each ends by the server, by itself, or costs nothing.
enum Flood: CaseIterable, CustomTestStringConvertible {
    case connections, halfHandshakes, prefaces, rapidResets, continuations, emptyContinuations, pings, settings
    case windowUpdates, priorities, emptyData, badTokens, unknownMethods, overlongMessages, unreadAnswers, dataAfterEnd

    var testDescription: String {
        switch self {
        case .connections: "connections that say nothing"
        case .halfHandshakes: "handshakes that stop half way"
        case .prefaces: "connections that only begin"
        case .rapidResets: "streams that are reset as soon as they are opened"
        case .continuations: "a block of header fields that never ends"
        case .emptyContinuations: "a block of header fields that never ends, of empty frames"
        case .pings: "pings whose answers are not read"
        case .settings: "settings whose acknowledgements are not read"
        case .windowUpdates: "windows that are opened by one byte again and again"
        case .priorities: "priorities of streams that do not exist"
        case .emptyData: "empty frames of data"
        case .badTokens: "streams without a good token, one after the other"
        case .unknownMethods: "streams of methods that do not exist, whose answers are not read"
        case .overlongMessages: "messages that say they are longer than any may be"
        case .unreadAnswers: "requests for all that there is, whose answers are not read"
        case .dataAfterEnd: "data on streams that have ended, and whose last answers are not taken"
        }
    }

    /// How many of them there are at once.
    var width: Int {
        switch self {
        case .connections, .halfHandshakes, .prefaces: 200
        case .unreadAnswers, .dataAfterEnd: AggregatedDiscovery.maximumStreams
        default: 8
        }
    }

    /// Whether the server must have closed the connection in the end.
    var isEndedByServer: Bool {
        switch self {
        case .rapidResets, .continuations, .emptyContinuations, .emptyData: true
        default: false
        }
    }

    private var manners: WireConnection.Manners {
        var manners = WireConnection.Manners()
        switch self {
        case .prefaces: manners.begins = true
        case .pings, .settings, .unknownMethods, .unreadAnswers: manners.reads = false
        case .dataAfterEnd: (manners.opensWindows, manners.settings) = (false, .settings([.initialWindow: 0]))
        default: break
        }
        return manners
    }

    /// The first part of a greeting of TLS 1.3, as a client sends it.
    static let halfGreeting: [UInt8] = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3] + [UInt8](repeating: 7, count: 100)

    /// Runs one of them to its end, or until the server takes no more.
    ///
    /// - Parameter token: A good one, for what goes on after authentication.
    /// - Returns: Whether the server closed the connection.
    func run(port: Int, rootsPEM: String, token: String) async throws -> Bool {
        switch self {
        case .connections, .halfHandshakes:
            var manners = WireConnection.Manners()
            (manners.speaksTLS, manners.begins) = (false, false)
            return try await WireConnection.with(port: port, rootsPEM: rootsPEM, manners) { connection in
                if self == .halfHandshakes { try await connection.send(bytes: Self.halfGreeting) }
                try await Task.sleep(for: .milliseconds(500))
                return connection.received.isClosed
            }
        default:
            return try await WireConnection.with(port: port, rootsPEM: rootsPEM, manners) { connection in
                do { try await send(connection, token) } catch is CancellationError {
                    throw CancellationError()
                } catch {
                    // The server takes no more.
                }
                if isEndedByServer { try await connection.untilClosed() }
                return connection.received.isClosed
            }
        }
    }

    private func send(_ connection: WireConnection, _ token: String) async throws {
        switch self {
        case .connections, .halfHandshakes: break
        case .prefaces: try await Task.sleep(for: .milliseconds(500))
        case .rapidResets:
            for _ in 0..<20_000 {
                let call = WireCall(connection: connection, id: connection.nextStream())
                let frames = [call.headers(WireCall.fields(token: token)), .reset(call.id)]
                guard try await connection.offer(bytes: frames.flatMap { $0.bytes() }) else { return }
            }
        case .continuations, .emptyContinuations:
            let part = self == .continuations ? [UInt8](repeating: 0, count: 16_000) : []
            let id = connection.nextStream()
            try await connection.send(WireFrame(.headers, stream: id))
            let frame = WireFrame(.continuation, stream: id, part).bytes()
            for _ in 0..<20_000 { guard try await connection.offer(bytes: frame) else { return } }
        case .pings: try await repeated(WireFrame(.ping, [UInt8](repeating: 1, count: 8)), connection)
        case .settings: try await repeated(.settings([:]), connection)
        case .windowUpdates:
            let call = try await connection.open(WireCall.fields(token: token))
            try await repeated(.windowUpdate(call.id, by: 1), connection)
        case .priorities:
            let frames = (0..<1_000).map { WireFrame(.priority, stream: UInt32(2 * $0 + 101), [0, 0, 0, 0, 1]) }
            for _ in 0..<20 { try await connection.send(bytes: frames.flatMap { $0.bytes() }) }
        case .emptyData:
            let call = try await connection.open(WireCall.fields(token: token))
            try await repeated(WireFrame(.data, stream: call.id), connection)
        case .badTokens:
            for _ in 0..<300 {
                let call = try await connection.open(WireCall.fields(token: "rubbish"))
                _ = try await call.end()
            }
        case .unknownMethods:
            for _ in 0..<2_000 {
                let call = WireCall(connection: connection, id: connection.nextStream())
                let frame = call.headers(WireCall.fields(path: "/a/b", token: nil), ends: true)
                guard try await connection.offer(bytes: frame.bytes()) else { return }
            }
            try await Task.sleep(for: .seconds(1))
        case .overlongMessages:
            for _ in 0..<100 {
                let call = try await connection.open(WireCall.fields(token: token))
                try? await call.send(bytes: [0, 0xff, 0xff, 0xff, 0xff] + [UInt8](repeating: 0, count: 60_000))
                _ = try await call.end()
            }
        case .unreadAnswers:
            let call = try await connection.open(WireCall.fields(token: token))
            let request = try WireCall.framed(HostileClient.request(ResourceType.cluster.url, ["*"], nonce: "1"))
            let frame = WireFrame(.data, stream: call.id, request).bytes()
            // As much as the least window takes.
            for _ in 0..<(60_000 / request.count) { guard try await connection.offer(bytes: frame) else { return } }
            try await Task.sleep(for: .seconds(1))
        case .dataAfterEnd:
            let call = try await connection.open(WireCall.fields(token: token))
            try await call.end(HostileClient.request(ResourceType.cluster.url))
            let part = [UInt8](repeating: 0, count: 1 << 20)
            for _ in 0..<64 { try await call.send(bytes: part) }
        }
    }

    /// Sends a frame a hundred thousand times.
    private func repeated(_ frame: WireFrame, _ connection: WireConnection) async throws {
        let many = (0..<1_000).flatMap { _ in frame.bytes() }
        // Who does not take them for a while takes none.
        for _ in 0..<100 { guard try await connection.offer(bytes: many) else { return } }
        // Until the server has had time for them.
        try await Task.sleep(for: .seconds(1))
    }
}

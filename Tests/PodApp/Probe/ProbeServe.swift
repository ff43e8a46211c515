import ArgumentParser
import NIOCore
import NIOPosix
import Synchronization

/// Answers any request on any number of ports, with the request target in a header: what an application gets to see.
///
/// A request with the header `x-fail-first: <count> <name>` gets 503 the first times that this name arrives.
struct ProbeServe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer requests on several ports with what arrived, until told to stop.")

    @Option(help: "In the header x-app of every answer.") var name: String
    @Option(help: "The ports, separated by commas.") var ports: String

    /// How often the name of a failing request arrived.
    private static let arrivals = Mutex<[String: Int]>([:])

    func run() async throws {
        let numbers = ports.split(separator: ",").compactMap { Int($0) }
        guard !numbers.isEmpty else { throw ValidationError("--ports needs numbers, such as 8080,8081") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in numbers { group.addTask { try await serve(number) } }
            try await group.next()
        }
    }

    private func serve(_ port: Int) async throws {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(host: "::", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        try await server.executeThenClose { connections in
            try await withThrowingDiscardingTaskGroup { group in
                for try await connection in connections {
                    group.addTask {
                        // A client that went away is not this server's failure.
                        try? await answer(connection)
                    }
                }
            }
        }
    }

    private func answer(_ channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async throws {
        try await channel.executeThenClose { input, output in
            var pending = ByteBuffer()
            for try await var bytes in input {
                pending.writeBuffer(&bytes)
                // Requests have no bodies and come one after the other: one is whole when its head is.
                if pending.readableBytesView.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                    let head = pending
                    pending.clear()
                    let line = head.readableBytesView.prefix { $0 != UInt8(ascii: "\r") }
                    let words = line.split(separator: UInt8(ascii: " "))
                    let target = words.count > 1 ? String(decoding: words[1], as: UTF8.self) : "?"
                    let answer =
                        Self.fails(String(buffer: head))
                        ? "HTTP/1.1 503 Service Unavailable\r\n"
                        : "HTTP/1.1 200 OK\r\nx-app: \(name)\r\nx-path: \(target)\r\n"
                    try await output.write(ByteBuffer(string: answer + "content-length: 0\r\n\r\n"))
                }
            }
        }
    }

    /// Whether a request wants to fail, and has not done so often enough.
    private static func fails(_ head: String) -> Bool {
        for line in head.split(separator: "\r\n") where line.lowercased().hasPrefix("x-fail-first:") {
            let words = line.split(separator: " ")
            guard words.count == 3, let count = Int(words[1]) else { continue }
            return arrivals.withLock { arrivals in
                arrivals[String(words[2]), default: 0] += 1
                return arrivals[String(words[2]), default: 0] <= count
            }
        }
        return false
    }
}

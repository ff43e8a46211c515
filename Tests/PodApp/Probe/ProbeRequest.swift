import NIOCore
import NIOPosix
import NIOSSL

/// One request in its very bytes, on a connection of its own.
struct ProbeRequest: Decodable, Sendable {
    struct TLS: Decodable, Hashable, Sendable {
        /// PEM files; without a certificate none is shown.
        let roots: String
        let certificate: String?
        let key: String?
        /// Empty for none.
        let serverName: String
        /// Whether to offer the protocol by which proxies of the mesh recognize each other.
        let isMesh: Bool
    }

    /// What came of it.
    struct Answer: Encodable, Sendable {
        let id: Int
        /// The HTTP status; `nil` if no whole answer came.
        var status: Int?
        /// Which application answered.
        var app: String?
        /// The request target that it got; of a very long one the beginning and the number of bytes.
        var path: String?
        /// How many bytes came.
        var bytes = 0
        var error: String?
    }

    /// Stands in the answer.
    let id: Int
    /// `HOST:PORT`, `[IPv6]:PORT`.
    let endpoint: String
    let text: String
    let tls: TLS?

    /// Sends it and waits for the head of the answer.
    func send(_ contexts: TLSContexts, timeout: Duration) async -> Answer {
        var answer = Answer(id: id)
        do {
            let tls = try tls.map { tls in
                Dialing.TLS(
                    context: try contexts.context(of: tls), serverName: tls.serverName.isEmpty ? nil : tls.serverName)
            }
            guard let endpoint = CallTarget.Endpoint(argument: endpoint) else {
                throw Failure(word: "other: \(endpoint) is no endpoint", detail: nil)
            }
            let dialing = Dialing(endpoint: endpoint, tls: tls, timeout: timeout)
            let channel = try await dialing.connect {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: $0)
            }
            let head = try await channel.executeThenClose { input, output in
                try await output.write(ByteBuffer(string: text))
                var head = ByteBuffer()
                for try await var bytes in input {
                    // What was searched before is not searched again.
                    let start = max(0, head.readableBytes - 3)
                    head.writeBuffer(&bytes)
                    let new = head.readableBytesView.dropFirst(start)
                    if new.firstRange(of: Array("\r\n\r\n".utf8)) != nil { break }
                }
                return String(buffer: head)
            }
            answer.read(head)
        } catch {
            answer.error = "\(Failure(error))"
        }
        return answer
    }
}

extension ProbeRequest.Answer {
    fileprivate mutating func read(_ head: String) {
        bytes = head.utf8.count
        guard head.contains("\r\n\r\n") else {
            error = "closed"
            return
        }
        let lines = head.split(separator: "\r\n")
        status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        func value(of name: String) -> String? {
            lines.first { $0.lowercased().hasPrefix("\(name): ") }.map { String($0.dropFirst(name.count + 2)) }
        }
        app = value(of: "x-app")
        path = value(of: "x-path").map { $0.utf8.count > 200 ? "\($0.prefix(200)) \($0.utf8.count)" : $0 }
    }
}

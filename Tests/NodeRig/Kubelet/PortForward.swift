import NIOCore
import Synchronization

/// Connections that the client of a SPDY connection wants to ports of a pod.
///
/// Each is a pair of streams with one request's number: one for data, one for what went wrong.
struct PortForward: Sendable {
    /// The file of the pod's network namespace; `nil` for the node's own.
    let network: String?

    func serve(_ streams: AsyncStream<SPDYStream>) async throws {
        await withTaskGroup(of: Void.self) { group in
            var waiting: [String: SPDYStream] = [:]
            for await stream in streams {
                let request = stream.headers["requestid"] ?? ""
                guard let other = waiting.removeValue(forKey: request) else {
                    waiting[request] = stream
                    continue
                }
                let isData = stream.headers["streamtype"] == "data"
                let (data, errors) = isData ? (stream, other) : (other, stream)
                group.addTask {
                    // A client that went away needs no answer.
                    try? await connect(data, errors)
                }
            }
        }
    }

    private func connect(_ data: SPDYStream, _ errors: SPDYStream) async throws {
        do {
            let port = data.headers["port"].flatMap { Int($0) } ?? 0
            let connection = try await PodSocket.connect(network: network, port: port)
            try await connection.executeThenClose { input, output in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for await bytes in data.input { try await output.write(bytes) }
                        output.finish()
                    }
                    for try await bytes in input { try await data.send(bytes) }
                    group.cancelAll()
                }
            }
        } catch let error as RigError {
            try await errors.send(ByteBuffer(string: error.description))
        }
        try await data.send(isLast: true)
        try await errors.send(isLast: true)
    }
}

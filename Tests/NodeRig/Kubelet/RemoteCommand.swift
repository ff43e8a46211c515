import NIOCore

/// A program that is run in a container for the client of a SPDY connection.
///
/// Its input is read whole before it begins, and its output sent when it has ended.
struct RemoteCommand: Sendable {
    let words: [String]
    /// How many streams there will be: for errors, and for each of input, output and complaints that is wanted.
    let streamCount: Int
    let run: ContainerRun

    func serve(_ streams: AsyncStream<SPDYStream>) async throws {
        var byType: [String: SPDYStream] = [:]
        for await stream in streams {
            byType[stream.headers["streamtype"] ?? ""] = stream
            if byType.count == streamCount { break }
        }
        var input = ByteBuffer()
        if let stream = byType["stdin"] {
            for await var bytes in stream.input { input.writeBuffer(&bytes) }
        }
        var status: JSONValue = ["metadata": [:], "status": "Success"]
        do {
            let outcome = try await run.run(words, limit: .seconds(3600), input: String(buffer: input))
            try await byType["stdout"]?.send(ByteBuffer(string: outcome.output))
            try await byType["stderr"]?.send(ByteBuffer(string: outcome.errors))
            if outcome.status != 0 {
                let cause: JSONValue = ["reason": "ExitCode", "message": .string("\(outcome.status)")]
                status = [
                    "metadata": [:], "status": "Failure", "reason": "NonZeroExitCode",
                    "message": .string("command terminated with non-zero exit code \(outcome.status)"),
                    "details": ["causes": [cause]],
                ]
            }
        } catch let error as RigError {
            status = ["metadata": [:], "status": "Failure", "reason": "InternalError", "message": .string("\(error)")]
        }
        try await byType["error"]?.send(ByteBuffer(string: status.text))
        for stream in byType.values { try await stream.send(isLast: true) }
        // The client closes the connection when it has read everything.
        for await _ in streams {}
    }
}

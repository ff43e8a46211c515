import NIOCore

/// A program that is run in a container for the client of a SPDY connection; without a terminal.
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
        let (output, errors) = (byType["stdout"], byType["stderr"])
        var status: JSONValue = ["metadata": [:], "status": "Success"]
        do {
            let code = try await run.program(words, limit: .seconds(3600)).run(
                input: Self.bytes(byType["stdin"]),
                output: { try await output?.send(ByteBuffer(bytes: $0)) },
                errors: { try await errors?.send(ByteBuffer(bytes: $0)) })
            if code != 0 {
                let cause: JSONValue = ["reason": "ExitCode", "message": .string("\(code)")]
                status = [
                    "metadata": [:], "status": "Failure", "reason": "NonZeroExitCode",
                    "message": .string("command terminated with non-zero exit code \(code)"),
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

    /// What the client sends on a stream; nothing without one.
    private static func bytes(_ stream: SPDYStream?) -> AsyncStream<[UInt8]> {
        guard let input = stream?.input else { return AsyncStream { nil } }
        return AsyncStream {
            for await bytes in input { return Array(bytes.readableBytesView) }
            return nil
        }
    }
}

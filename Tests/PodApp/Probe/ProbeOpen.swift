import ArgumentParser
import Dispatch
import FoundationEssentials
import NIOCore

/// Sends what standard input says on connections that stay open, and answers each line with one.
struct ProbeOpen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe-open", abstract: "Send the requests of standard input on connections that stay open.",
        discussion: """
            A request names its connection by a number; one without gets a connection of its own. The requests of one \
            connection follow each other, those of several run at the same time. A connection that failed is opened \
            anew by the next request that names it.
            """)

    @Option(help: "How long a request may take.") var timeoutMs = 5_000

    func run() async throws {
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        DispatchQueue(label: "standard input").async {
            while let text = readLine() { line.yield(text) }
            line.finish()
        }
        let timeout = Duration.milliseconds(timeoutMs)
        await withDiscardingTaskGroup { group in
            var kept: [Int: AsyncStream<OpenRequest>.Continuation] = [:]
            for await text in lines {
                guard let request = try? JSONDecoder().decode(OpenRequest.self, from: Data(text.utf8)) else {
                    try? JSONLine.write(["error": "this is no request: \(text)"])
                    continue
                }
                guard let number = request.connection else {
                    group.addTask { await request.sendAlone(timeout: timeout) }
                    continue
                }
                if let connection = kept[number] {
                    connection.yield(request)
                    continue
                }
                let (requests, connection) = AsyncStream.makeStream(of: OpenRequest.self)
                kept[number] = connection
                connection.yield(request)
                group.addTask { await KeptConnection(timeout: timeout).send(requests) }
            }
            for connection in kept.values { connection.finish() }
        }
    }
}

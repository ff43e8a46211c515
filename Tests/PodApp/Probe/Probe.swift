import ArgumentParser
import Dispatch
import FoundationEssentials

/// Sends what standard input says, one JSON object to a line, and answers each line with one.
struct Probe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send the requests of standard input, each on a connection of its own.")

    @Option(help: "How many at a time.") var concurrency = 8
    @Option(help: "How long a request may take.") var timeoutMs = 5_000

    func run() async throws {
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        DispatchQueue(label: "standard input").async {
            while let text = readLine() { line.yield(text) }
            line.finish()
        }
        let contexts = TLSContexts()
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for await text in lines {
                if running == concurrency { await group.next() } else { running += 1 }
                group.addTask { await answer(text, contexts) }
            }
        }
    }

    private func answer(_ text: String, _ contexts: TLSContexts) async {
        do {
            let request = try JSONDecoder().decode(ProbeRequest.self, from: Data(text.utf8))
            try JSONLine.write(await request.send(contexts, timeout: .milliseconds(timeoutMs)))
        } catch {
            try? JSONLine.write(["error": "this is no request: \(error)"])
        }
    }
}

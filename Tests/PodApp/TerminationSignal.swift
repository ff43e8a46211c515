import Dispatch
import Glibc

/// The wish that this program end: SIGTERM or SIGINT.
enum TerminationSignal {
    /// Returns at the first such signal, or when the task is cancelled.
    static func received() async {
        let (signals, continuation) = AsyncStream.makeStream(of: Void.self)
        let sources = [SIGTERM, SIGINT].map { number in
            // Dispatch takes the signal over when it gets to it. Until then it ends the program, as it should: one
            // that is ignored meanwhile would be lost.
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield() }
            source.resume()
            return source
        }
        for await _ in signals { break }
        for source in sources { source.cancel() }
    }
}

/// Work for streams that takes time: done in tasks of the server, so that it ends with the server.
final class Errands: Sendable {
    private let sent: AsyncStream<Errand>
    private let send: AsyncStream<Errand>.Continuation

    init() { (sent, send) = AsyncStream.makeStream(of: Errand.self) }

    /// Has work done, soon.
    ///
    /// - Returns: What cancels it.
    func send(_ work: @escaping @Sendable () async -> Void) -> Errand {
        let errand = Errand(work)
        send.yield(errand)
        return errand
    }

    /// Does what is sent until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await errand in sent { group.addTask { await errand.run() } }
            group.cancelAll()
        }
    }
}

/// Work that somebody may lose interest in.
struct Errand: Sendable {
    private let work: @Sendable () async -> Void
    private let interest: AsyncStream<Never>
    private let interested: AsyncStream<Never>.Continuation

    fileprivate init(_ work: @escaping @Sendable () async -> Void) {
        self.work = work
        (interest, interested) = AsyncStream.makeStream(of: Never.self)
    }

    /// Nobody wants it any more: its task is cancelled, or will be as soon as it begins.
    func cancel() { interested.finish() }

    fileprivate func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await work() }
            group.addTask { for await _ in interest {} }
            await group.next()
            group.cancelAll()
        }
    }
}

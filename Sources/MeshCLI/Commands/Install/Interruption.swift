internal import Glibc
internal import KubernetesClient
internal import Synchronization
internal import UnixSignals

/// Work that Ctrl-C (INT), TERM or the end of its task interrupts, and that is undone then, as where it failed.
enum Interruption {
    /// Why work ended that was interrupted.
    struct Interrupted: Error {}

    /// Does something that is undone where it fails or is interrupted.
    ///
    /// The first signal cancels the work. Another one ends the program at once, with 128 and the signal's number as its
    /// status, as shells have it: whoever sends it has been told that something is left half done. What undoes is
    /// cancelled by nothing.
    ///
    /// - Parameters:
    ///   - console: Where the first signal is told of.
    ///   - work: What is done; it may end late after it was cancelled.
    ///   - undo: What takes it back, told why the work ended.
    /// - Throws: What the work throws, ``Interrupted`` where it was interrupted; what `undo` throws.
    static func heeded(
        by console: Console, _ work: @escaping @Sendable () async throws -> Void,
        undo: @escaping @Sendable (any Error) async throws -> Void
    ) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let wish = Wish()
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                for await signal in signals {
                    guard wish.isFirst() else { _exit(128 + signal.rawValue) }
                    console.error(
                        "interrupted: what was done is undone first; interrupt again to end at once, with that half done"
                    )
                    wish.tell()
                }
            }
            do {
                try await perform(work, unless: wish)
            } catch {
                let undoing = Task { try await undo(error) }
                try await undoing.value
                throw error
            }
        }
    }

    private static func perform(_ work: @escaping @Sendable () async throws -> Void, unless wish: Wish) async throws {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask {
                    try await work()
                    // It may have come to its end all the same; from here on nothing is undone any more.
                    guard wish.isNoneSoFar() else { throw Interrupted() }
                }
                group.addTask {
                    for await _ in wish.told {}
                    throw Interrupted()
                }
                try await group.next()
            }
        } catch is CancellationError {
            throw Interrupted()
        } catch let error as KubernetesError where error.code == .cancelled {
            throw Interrupted()
        }
    }

    /// Whether somebody wants the work to end.
    private final class Wish: Sendable {
        private enum State { case none, some, over }

        private let state = Mutex(State.none)
        /// Ends with the first signal.
        let told: AsyncStream<Void>
        private let teller: AsyncStream<Void>.Continuation

        init() { (told, teller) = AsyncStream.makeStream(of: Void.self) }

        /// Whether a signal is the first, while there is something to undo.
        func isFirst() -> Bool {
            state.withLock { state in
                guard state == .none else { return false }
                state = .some
                return true
            }
        }

        /// Lets the work be cancelled.
        func tell() { teller.finish() }

        /// Whether no signal has come; later ones are too late.
        func isNoneSoFar() -> Bool {
            state.withLock { state in
                guard state == .none else { return false }
                state = .over
                return true
            }
        }
    }
}

internal import Glibc
internal import Synchronization

/// A pipe by which any thread wakes the one that waits for descriptors, to tell it to end.
final class StopPipe: Sendable {
    /// The end to wait on.
    let readingEnd: Int32
    /// `nil` once the pipe is closed: the number may then be another file's.
    private let writingEnd: Mutex<Int32?>

    init() throws(ManifestSourceError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw ManifestSourceError(.watch, "a pipe cannot be made: \(ManifestFolder.reason())")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        readingEnd = ends[0]
        writingEnd = Mutex(ends[1])
    }

    /// Wakes the waiting thread.
    func stop() {
        writingEnd.withLock { end in
            guard let end else { return }
            _ = write(end, [1], 1)
        }
    }

    /// Closes both ends; for the waiting thread, which waits no more.
    func close() {
        writingEnd.withLock { end in
            guard let open = end else { return }
            _ = Glibc.close(open)
            _ = Glibc.close(readingEnd)
            end = nil
        }
    }
}

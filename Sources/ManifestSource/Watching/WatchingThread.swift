internal import Foundation
internal import Glibc

/// A thread that waits for signs of change in a directory and reads what changed.
///
/// It has a thread of its own because it blocks, in `poll` and in reading files, and must not block a task's thread.
struct WatchingThread: Sendable {
    /// How long a removal waits for what comes with it: a file that is replaced by removing and writing it, or a whole
    /// directory that is removed file by file.
    private static let removalDelay: Int32 = 2

    let folder: ManifestFolder
    let readings: DirectoryReadings
    let stop: StopPipe

    /// Starts the thread, which ends on `stop` and then finishes the readings.
    func start() {
        let thread = Thread {
            var failure: ManifestSourceError?
            do throws(ManifestSourceError) {
                try watch()
            } catch {
                failure = error
            }
            stop.close()
            readings.finish(failure)
        }
        thread.name = "manifests"
        thread.start()
    }

    private func watch() throws(ManifestSourceError) {
        while try watchUntilStale() {}
    }

    /// - Returns: Whether the directory must be watched anew; otherwise it is time to end.
    private func watchUntilStale() throws(ManifestSourceError) -> Bool {
        let watch = try DirectoryWatch(folder)
        // Watched first and then read, so that nothing is missed between.
        var signs = DirectorySigns()
        var empty = EmptyFiles()
        signs.isIncomplete = true
        while true {
            let time = signs.isQuiet ? empty.wait(at: .now) ?? -1 : 0
            guard wait(for: watch.descriptor, atMost: time) else { return false }
            watch.take(into: &signs)
            if signs.hasRemoval {
                guard wait(for: watch.descriptor, atMost: Self.removalDelay) else { return false }
                watch.take(into: &signs)
            }
            if signs.isStale || (signs.hasRemoval && !watch.isCurrent) { return true }
            let due = empty.takeDue(at: .now)
            for name in due { signs.noteDue(name) }
            let current = signs.takeAll()
            guard let reading = read(current) else { continue }
            // A file that was written while it was read is read again when its writer closes it.
            watch.take(into: &signs)
            readings.put(empty.hold(reading.unsettling(signs.torn), due: due, at: .now))
        }
    }

    /// Reads what the signs say, if anything.
    private func read(_ signs: DirectorySigns) -> DirectoryReading? {
        if signs.isIncomplete { return folder.read() }
        guard !signs.names.isEmpty else { return nil }
        return .partial(Dictionary(uniqueKeysWithValues: signs.names.map { ($0, folder.content(of: $0)) }))
    }

    /// Waits for signs.
    ///
    /// - Returns: Whether to go on; otherwise it is time to end.
    private func wait(for descriptor: Int32, atMost milliseconds: Int32) -> Bool {
        var descriptors = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: stop.readingEnd, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&descriptors, 2, milliseconds) < 0 {
            guard errno == EINTR else { return false }
        }
        return descriptors[1].revents == 0
    }
}

/// The files that were found empty, and are not believed yet.
///
/// Who writes a file in place empties it first, and the sign of that comes only when the file system is done with it,
/// which takes a tenth of a second if the disk is busy. So a file counts as empty if it still is a while later.
struct EmptyFiles {
    /// How long a file must be empty.
    static let delay = Duration.seconds(1)

    private var deadlines: [String: ContinuousClock.Instant] = [:]

    /// What may be told of a reading: an empty file is held back, unless it is one of those that are due.
    mutating func hold(
        _ reading: DirectoryReading, due: Set<String>, at now: ContinuousClock.Instant
    ) -> DirectoryReading {
        var held: Set<String> = []
        for (name, content) in reading.files {
            if content == .bytes([]), !due.contains(name) {
                held.insert(name)
                if deadlines[name] == nil { deadlines[name] = now + Self.delay }
            } else {
                deadlines[name] = nil
            }
        }
        return reading.unsettling(held)
    }

    /// Takes the names of the files that have been empty for long enough if they still are.
    mutating func takeDue(at now: ContinuousClock.Instant) -> Set<String> {
        let due = Set(deadlines.filter { $0.value <= now }.keys)
        for name in due { deadlines[name] = nil }
        return due
    }

    /// The whole milliseconds until one is due, rounded up; `nil` if there is none.
    func wait(at now: ContinuousClock.Instant) -> Int32? {
        guard let next = deadlines.values.min() else { return nil }
        return Int32(max(.zero, (next - now) / .milliseconds(1)).rounded(.up))
    }
}

/// What was read of a directory at one time.
enum DirectoryReading: Equatable, Sendable {
    /// What a file holds.
    enum Content: Equatable, Sendable {
        case bytes([UInt8])
        /// It is there and cannot be read, for the reason given.
        case unreadable(String)
        case absent
    }

    /// All files: one that is not listed is not there.
    case complete([String: Content])
    /// Some files: the others are as before.
    case partial([String: Content])
    /// The directory is not there or cannot be read, for the reason given.
    case unreadable(String)

    /// This reading with a later one put on top.
    func merged(with later: DirectoryReading) -> DirectoryReading {
        switch (self, later) {
        case (_, .complete), (_, .unreadable), (.unreadable, .partial): later
        case (.complete(let files), .partial(let others)): .complete(files.merging(others) { $1 })
        case (.partial(let files), .partial(let others)): .partial(files.merging(others) { $1 })
        }
    }
}

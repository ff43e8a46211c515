/// What was read of a directory at one time.
enum DirectoryReading: Equatable, Sendable {
    /// What a file holds.
    enum Content: Equatable, Sendable {
        case bytes([UInt8])
        /// It is there and cannot be read, for the reason given.
        case unreadable(String)
        case absent
        /// It is being written: what it held before stands until the writer closes it.
        case unsettled
    }

    /// All files: one that is not listed is not there.
    case complete([String: Content])
    /// Some files: the others are as before.
    case partial([String: Content])
    /// The directory is not there or cannot be read, for the reason given.
    case unreadable(String)

    /// What it says of files.
    var files: [String: Content] {
        switch self {
        case .complete(let files), .partial(let files): files
        case .unreadable: [:]
        }
    }

    /// This reading with a later one put on top.
    func merged(with later: DirectoryReading) -> DirectoryReading {
        switch (self, later) {
        case (_, .unreadable), (.unreadable, _):
            later
        case (.complete(let files), .partial(let others)):
            .complete(files.merging(others) { $1 == .unsettled ? $0 : $1 })
        case (.partial(let files), .partial(let others)):
            .partial(files.merging(others) { $1 == .unsettled ? $0 : $1 })
        case (.complete(let files), .complete(let others)), (.partial(let files), .complete(let others)):
            .complete(others.merging(files.filter { others[$0.key] == .unsettled }) { $1 })
        }
    }

    /// This reading without the content of some files.
    func unsettling(_ names: Set<String>) -> DirectoryReading {
        func unsettled(_ files: [String: Content]) -> [String: Content] {
            var files = files
            for name in names where files[name] != nil { files[name] = .unsettled }
            return files
        }
        return switch self {
        case .complete(let files): .complete(unsettled(files))
        case .partial(let files): .partial(unsettled(files))
        case .unreadable: self
        }
    }
}

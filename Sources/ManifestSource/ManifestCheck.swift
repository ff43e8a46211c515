public import MeshModel

/// What a directory of manifests says, read once: for checking it, not for following it.
public struct ManifestCheck: Sendable {
    /// Every object in effect, as changes from nothing.
    public let changes: ManifestChanges
    /// Everything that is wrong with the files and, by `validate()`, with each object; by file and line.
    public let problems: [ManifestProblem]
    /// The files and objects.
    public let set: ManifestSet

    /// Reads a directory; blocks.
    ///
    /// - Throws: ``ManifestSourceError`` if there is no such directory.
    public init(directory path: String) throws(ManifestSourceError) {
        var state = DirectoryState(path: path)
        let reading = ManifestFolder(path: path).read()
        if case .unreadable(let reason) = reading {
            throw ManifestSourceError(
                .directory, "\(path) cannot be read: \(reason): give the path of the directory that holds the manifests"
            )
        }
        changes = state.apply(reading).changes
        set = state.set
        problems = Self.problems(of: state.set)
    }

    /// Checks files that were read already.
    public init(_ files: [ManifestFile]) {
        var set = ManifestSet()
        changes = set.read(files)
        problems = Self.problems(of: set)
        self.set = set
    }

    /// Where an object in effect begins; `nil` if there is none.
    public func location(of key: ObjectKey) -> ManifestLocation? { set.location(of: key) }

    /// Where a field of an object in effect is; `nil` if there is no such object.
    public func location(of key: ObjectKey, path: String) -> ManifestLocation? { set.location(of: key, path: path) }

    private static func problems(of set: ManifestSet) -> [ManifestProblem] {
        var problems = set.problems
        for (name, file) in set.files {
            for entry in file.reading.entries {
                problems += entry.object.object.validate().map { problem in
                    ManifestProblem(
                        file: name, line: entry.line(at: problem.path), subject: .object(entry.object.key),
                        path: problem.path, message: problem.message, isFatalForObject: true)
                }
            }
        }
        return problems.sorted { ($0.file, $0.line, $0.description) < ($1.file, $1.line, $1.description) }
    }
}

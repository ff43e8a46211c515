/// What a directory's readings have amounted to so far.
///
/// Pure: a reading in, what to tell out.
struct DirectoryState: Sendable {
    /// What one reading leads to.
    struct Outcome: Equatable, Sendable {
        var changes = ManifestChanges()
        /// The problems that were not there before.
        var problems: [ManifestProblem] = []
    }

    let path: String
    private(set) var set = ManifestSet()
    private var absence: ManifestProblem?
    private var report = ManifestReport()

    init(path: String) { self.path = path }

    /// Whether everything in the directory could be read when it was last looked at.
    var isWhole: Bool { absence == nil && !set.problems.contains(where: \.isFatalForObject) }

    /// Takes a reading.
    mutating func apply(_ reading: DirectoryReading) -> Outcome {
        var outcome = Outcome()
        switch reading {
        case .unreadable(let reason):
            absence = ManifestProblem(
                file: path, line: 0,
                message: "the directory cannot be read: \(reason): what it said last stays in effect until it is back",
                isFatalForObject: true)
        case .complete(let files):
            absence = nil
            outcome.changes = apply(files, removing: set.fileNames.filter { files[$0] == nil })
        case .partial(let files):
            outcome.changes = apply(files, removing: [])
        }
        outcome.problems = report.update((absence.map { [$0] } ?? []) + set.problems)
        return outcome
    }

    private mutating func apply(
        _ files: [String: DirectoryReading.Content], removing names: [String]
    ) -> ManifestChanges {
        var readings: [ManifestFile] = []
        var gone = names
        for (name, content) in files.sorted(by: { $0.key < $1.key }) {
            switch content {
            case .bytes(let bytes): readings.append(ManifestFile(name: name, bytes: bytes))
            case .unreadable(let reason): readings.append(ManifestFile(name: name, unreadable: reason))
            case .absent: gone.append(name)
            case .unsettled: break
            }
        }
        return set.apply(readings, removing: gone)
    }
}

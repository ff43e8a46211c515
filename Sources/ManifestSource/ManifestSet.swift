public import MeshModel

/// The objects that a number of files say there are.
///
/// One object per kind, namespace and name: of several the first by the file's name, then by its place in the file,
/// holds; when it goes away the next takes over. While a file has a document that cannot be read, what the file said
/// before and does not say now stays, as an API server that refuses an update keeps the old object.
public struct ManifestSet: Sendable {
    struct File: Sendable {
        let reading: ManifestFile
        /// What an earlier reading said, kept for as long as the file cannot be read in whole; sorted by key.
        let kept: [ManifestFile.Entry]
        /// What the file stands for: of what it says the first of each key, and what is kept.
        let entries: [ObjectKey: ManifestFile.Entry]

        /// A reading that follows another.
        init(_ reading: ManifestFile, after old: File?) {
            self.reading = reading
            var entries: [ObjectKey: ManifestFile.Entry] = [:]
            for entry in reading.entries where entries[entry.object.key] == nil { entries[entry.object.key] = entry }
            let missing = reading.isWhole ? [:] : old?.entries.filter { entries[$0.key] == nil } ?? [:]
            kept = missing.sorted { $0.key < $1.key }.map(\.value)
            self.entries = entries.merging(missing) { own, _ in own }
        }
    }

    /// The object in effect and where it comes from.
    struct Effective: Equatable, Sendable {
        /// With the generation that is told.
        var object: ManifestObject
        /// As the file has it.
        var entry: ManifestFile.Entry
        var file: String
    }

    /// The files, by name.
    private(set) var files: [String: File] = [:]
    /// The objects in effect.
    private(set) var effective: [ObjectKey: Effective] = [:]
    /// The names of the files that have an object.
    private(set) var claimants: [ObjectKey: Set<String>] = [:]
    /// What is wrong with each file, of those with which anything is: in the order of lines.
    private(set) var problemsByFile: [String: [ManifestProblem]] = [:]

    /// No file.
    public init() {}

    /// The names of the files, sorted.
    public var fileNames: [String] { files.keys.sorted() }

    /// Takes new readings of files.
    ///
    /// - Returns: What that changes.
    public mutating func read(_ readings: [ManifestFile]) -> ManifestChanges { apply(readings, removing: []) }

    /// Takes a new reading of one file.
    public mutating func read(_ reading: ManifestFile) -> ManifestChanges { apply([reading], removing: []) }

    /// Takes note that a file is gone, and with it what it said.
    public mutating func remove(file name: String) -> ManifestChanges { apply([], removing: [name]) }

    /// Takes new readings and removals together, so that an object that moves between files is not gone between.
    public mutating func apply(_ readings: [ManifestFile], removing names: [String]) -> ManifestChanges {
        var touched: Set<ObjectKey> = []
        for name in names { replace(name, with: nil, &touched) }
        for reading in readings {
            replace(reading.name, with: File(reading, after: files[reading.name]), &touched)
        }
        var changes = ManifestChanges()
        for key in touched.sorted() { settle(key, &changes) }
        // Whether something is given twice depends on who else has it, and on nothing more.
        let doubtful = touched.reduce(into: Set(names + readings.map(\.name))) { $0.formUnion(claimants[$1] ?? []) }
        for name in doubtful {
            let problems = files[name].map(problems(of:)) ?? []
            problemsByFile[name] = problems.isEmpty ? nil : problems
        }
        return changes
    }

    /// Where the object in effect is; `nil` if there is none.
    public func location(of key: ObjectKey) -> ManifestLocation? {
        effective[key].map { ManifestLocation(file: $0.file, line: $0.entry.line) }
    }

    /// Where a field of the object in effect is; `nil` if there is no such object.
    public func location(of key: ObjectKey, path: String) -> ManifestLocation? {
        effective[key].map { ManifestLocation(file: $0.file, line: $0.entry.line(at: path)) }
    }

    /// The objects in effect, sorted by key.
    public var objects: [ManifestObject] {
        effective.sorted { $0.key < $1.key }.map(\.value.object)
    }

    /// The workloads of all files, by file.
    public var workloads: [WorkloadTemplate] {
        files.sorted { $0.key < $1.key }.flatMap(\.value.reading.workloads)
    }

    /// The text at a path of the object in effect, as it is written; `nil` if there is none.
    public func text(of key: ObjectKey, at path: [String]) -> String? {
        path.reduce(effective[key]?.entry.node) { $0?[$1] }?.text
    }

    private mutating func replace(_ name: String, with file: File?, _ touched: inout Set<ObjectKey>) {
        for key in (files[name]?.entries ?? [:]).keys {
            touched.insert(key)
            claimants[key]?.remove(name)
        }
        files[name] = file
        for key in (file?.entries ?? [:]).keys {
            touched.insert(key)
            claimants[key, default: []].insert(name)
        }
    }

    /// Decides who holds a key and adds what that changes.
    private mutating func settle(_ key: ObjectKey, _ changes: inout ManifestChanges) {
        guard let (file, entry) = holder(of: key) else {
            claimants[key] = nil
            if effective.removeValue(forKey: key) != nil { changes.remove(key) }
            return
        }
        let old = effective[key]
        let object = Self.counted(entry.object, after: old)
        effective[key] = Effective(object: object, entry: entry, file: file)
        if old?.object != object { changes.set(object) }
    }

    private func holder(of key: ObjectKey) -> (file: String, entry: ManifestFile.Entry)? {
        guard let name = claimants[key]?.min(), let entry = files[name]?.entries[key] else { return nil }
        return (name, entry)
    }

    /// The object with the generation that its manifest gives, else one more with each change of its content.
    private static func counted(_ object: ManifestObject, after old: Effective?) -> ManifestObject {
        guard object.object.metadata.generation == 0 else { return object }
        guard let old else { return object.withGeneration(1) }
        let generation = old.object.object.metadata.generation
        return object.withGeneration(old.entry.object == object ? generation : generation + 1)
    }
}

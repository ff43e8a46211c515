import Foundation

/// The directory of manifests that the controller watches: a copy of the sample, which the demo edits.
///
/// What it writes carries the generation of each object.
final class EditedManifests {
    let path: String
    private var generations = Generations()

    /// Copies the files of a sample into a new directory.
    init(copyOf sample: String, at path: String) throws {
        self.path = path
        do { try FileManager.default.copyItem(atPath: sample, toPath: path) } catch {
            throw RigError(.file, "cannot copy the manifests in \(sample)", cause: error)
        }
        for file in try FileManager.default.contentsOfDirectory(atPath: path).sorted() where file.hasSuffix(".yaml") {
            try write(text(of: file), to: file)
        }
    }

    func text(of file: String) throws -> String {
        try String(contentsOf: URL(filePath: "\(path)/\(file)"), encoding: .utf8)
    }

    /// Replaces a file as a whole, by renaming, and returns when it was in place.
    @discardableResult
    func write(_ text: String, to file: String) throws -> Date {
        // The other name must not look like a manifest: the controller would read it too.
        let other = "\(path)/.\(file).new"
        try Data(generations.numbered(text).utf8).write(to: URL(filePath: other))
        guard rename(other, "\(path)/\(file)") == 0 else {
            throw RigError(.file, "cannot replace \(path)/\(file): \(String(cString: strerror(errno)))")
        }
        return Date()
    }

    /// Writes a file in place, without its end: what a watcher sees of an editor that is not done.
    func writeHalf(_ text: String, to file: String) throws {
        let bytes = Data(text.utf8)
        try bytes.prefix(bytes.count / 2).write(to: URL(filePath: "\(path)/\(file)"))
    }

    func remove(_ file: String) throws {
        try FileManager.default.removeItem(atPath: "\(path)/\(file)")
    }

    /// Replaces the only occurrence of a text in a file and returns when the file was in place.
    ///
    /// - Throws: `RigError` with the code `file` if the file does not have the text exactly once.
    @discardableResult
    func replace(_ old: String, by new: String, in file: String) throws -> Date {
        let text = try text(of: file)
        let parts = text.components(separatedBy: old)
        guard parts.count == 2 else {
            throw RigError(.file, "\(path)/\(file) has `\(old)` \(parts.count - 1) times, not once as the demo expects")
        }
        return try write(parts.joined(separator: new), to: file)
    }
}

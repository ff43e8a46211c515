import FoundationEssentials
import Glibc

/// A directory that files are put into, each whole or not at all, readable by nobody but its owner.
///
/// An existing file keeps its owner, so that a sidecar of another user that was given it can read its successor.
struct OutputDirectory {
    let path: String

    /// Writes files by name, replacing those that are there by renaming.
    func write(_ contents: [String: String]) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            for (name, text) in contents.sorted(by: { $0.key < $1.key }) { try write(text, to: "\(path)/\(name)") }
        } catch {
            throw ControllerError(
                code: .state, message: "\(path) cannot be written: choose another with --out", cause: error)
        }
    }

    private func write(_ text: String, to file: String) throws {
        let temporary = file + ".new"
        var attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        if let present = try? FileManager.default.attributesOfItem(atPath: file) {
            attributes[.ownerAccountID] = present[.ownerAccountID]
            attributes[.groupOwnerAccountID] = present[.groupOwnerAccountID]
        }
        try Data(text.utf8).write(to: URL(filePath: temporary))
        try FileManager.default.setAttributes(attributes, ofItemAtPath: temporary)
        guard rename(temporary, file) == 0 else {
            throw POSIXFailure(description: "\(file): \(String(cString: strerror(errno)))")
        }
    }

    private struct POSIXFailure: Error, CustomStringConvertible {
        let description: String
    }
}

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
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            for (name, text) in contents.sorted(by: { $0.key < $1.key }) { try write(text, to: "\(path)/\(name)") }
        } catch {
            throw ControllerError(
                code: .state, message: "\(path) cannot be written: choose another with --out", cause: error)
        }
    }

    private func write(_ text: String, to file: String) throws {
        let temporary = "\(file).\(UInt64.random(in: 0...UInt64.max)).new"
        // Made with its mode, and never through a link that somebody else has laid.
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw POSIXFailure(temporary) }
        let bytes = Array(text.utf8)
        let isWritten = bytes.withUnsafeBytes { write(descriptor, $0) }
        guard close(descriptor) == 0, isWritten, keepOwner(of: file, for: temporary), rename(temporary, file) == 0
        else {
            let failure = POSIXFailure(file)
            unlink(temporary)
            throw failure
        }
    }

    private func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func keepOwner(of file: String, for successor: String) -> Bool {
        guard let present = try? FileManager.default.attributesOfItem(atPath: file) else { return true }
        var owner: [FileAttributeKey: Any] = [:]
        owner[.ownerAccountID] = present[.ownerAccountID]
        owner[.groupOwnerAccountID] = present[.groupOwnerAccountID]
        return (try? FileManager.default.setAttributes(owner, ofItemAtPath: successor)) != nil
    }

    private struct POSIXFailure: Error, CustomStringConvertible {
        let description: String

        init(_ file: String) { description = "\(file): \(String(cString: strerror(errno)))" }
    }
}

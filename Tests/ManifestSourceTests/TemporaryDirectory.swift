import Foundation
import Glibc

/// A directory of its own for a test, removed with it.
final class TemporaryDirectory {
    /// Where the tests' directory is made, and others beside it.
    let parent: URL
    let url: URL

    init() throws {
        parent = FileManager.default.temporaryDirectory.appendingPathComponent("manifests-\(UUID().uuidString)")
        url = parent.appendingPathComponent("mesh")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: parent) }

    /// Writes a file in place.
    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: url.appendingPathComponent(name))
    }

    /// Writes a file beside its place and renames it over.
    func replace(_ name: String, _ text: String) throws {
        let hidden = url.appendingPathComponent(".\(name).new")
        try Data(text.utf8).write(to: hidden)
        try rename(hidden, url.appendingPathComponent(name))
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(at: url.appendingPathComponent(name))
    }

    func rename(_ from: URL, _ to: URL) throws {
        guard Glibc.rename(from.path, to.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: url.appendingPathComponent(name).path, withDestinationPath: target)
    }
}

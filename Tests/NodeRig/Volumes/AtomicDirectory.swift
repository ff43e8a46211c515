import Foundation

/// A directory whose files change all at once, as the kubelet's do.
///
/// The files are in a directory with the time in its name; `..data` is a link to it that is replaced by renaming, and
/// every file that users see is a link through `..data`.
struct AtomicDirectory: Sendable {
    /// A file as it should be.
    struct File: Hashable, Sendable {
        var contents: Data
        var mode: Int
        var owner: Int = 0
        var group: Int = 0
    }

    let path: String
    private var written: [String: File]?
    private var version = 0

    init(path: String) { self.path = path }

    /// Makes the files be these, by path.
    mutating func write(_ files: [String: File]) throws {
        guard files != written else { return }
        let manager = FileManager.default
        version += 1
        let stamp = Timestamp.now.replacing("-", with: "_").replacing(":", with: "_")
        let name = "..\(stamp).\(version)"
        try manager.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
        for (file, content) in files {
            let target = "\(path)/\(name)/\(file)"
            let parent = target.prefix(upTo: target.lastIndex(of: "/") ?? target.endIndex)
            try manager.createDirectory(atPath: String(parent), withIntermediateDirectories: true)
            try content.contents.write(to: URL(filePath: target))
            guard chmod(target, mode_t(content.mode)) == 0,
                chown(target, uid_t(content.owner), gid_t(content.group)) == 0
            else { throw RigError("\(target): errno \(errno)") }
        }
        let previous = try? manager.destinationOfSymbolicLink(atPath: "\(path)/..data")
        try? manager.removeItem(atPath: "\(path)/..data_tmp")
        try manager.createSymbolicLink(atPath: "\(path)/..data_tmp", withDestinationPath: name)
        guard rename("\(path)/..data_tmp", "\(path)/..data") == 0 else {
            throw RigError("\(path)/..data: errno \(errno)")
        }
        let visible = Set(files.keys.compactMap { $0.split(separator: "/").first.map(String.init) })
        for link in visible where (try? manager.destinationOfSymbolicLink(atPath: "\(path)/\(link)")) == nil {
            try manager.createSymbolicLink(atPath: "\(path)/\(link)", withDestinationPath: "..data/\(link)")
        }
        for link in try manager.contentsOfDirectory(atPath: path)
        where !link.hasPrefix("..") && !visible.contains(link) {
            try manager.removeItem(atPath: "\(path)/\(link)")
        }
        if let previous { try? manager.removeItem(atPath: "\(path)/\(previous)") }
        written = files
    }
}

import Foundation

/// The directory of one run of the checks; a run that was killed leaves it to the next one to remove.
struct CheckDirectory {
    private static let prefix = "osm-node-check-"

    let path: String
    /// Locked for as long as this process lives.
    private let lock: CInt

    /// Makes a directory, and removes those of runs that were killed.
    ///
    /// - Parameter wanted: Where it is to be; `nil` for anywhere.
    init(_ wanted: String?) throws {
        let manager = FileManager.default
        for name in (try? manager.contentsOfDirectory(atPath: "/tmp")) ?? [] where name.hasPrefix(Self.prefix) {
            // One that ended by itself has kept its logs on purpose, and no lock.
            let file = open("/tmp/\(name)/lock", O_RDWR | O_CLOEXEC)
            guard file >= 0 else { continue }
            if flock(file, LOCK_EX | LOCK_NB) == 0 { try? manager.removeItem(atPath: "/tmp/\(name)") }
            close(file)
        }
        path = wanted ?? "/tmp/\(Self.prefix)\(UInt32.random(in: 0..<UInt32.max))"
        try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
        lock = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw RigError("\(path) is in use") }
    }

    /// Removes the directory, or leaves what is in it to be looked at.
    func finish(keepingFiles: Bool) {
        try? FileManager.default.removeItem(atPath: keepingFiles ? "\(path)/lock" : path)
    }
}

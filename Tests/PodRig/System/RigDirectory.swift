import Foundation

/// The directory of one rig: its programs, where every user may run them, its logs, and what else it keeps.
struct RigDirectory {
    let path: String
    var logs: String { "\(path)/logs" }
    private var binaries: String { "\(path)/bin" }

    /// Makes the directory of this process.
    init() throws {
        path = "/tmp/\(LeftoverRigs.prefix)\(getpid())"
        do {
            try FileManager.default.createDirectory(atPath: binaries, withIntermediateDirectories: true)
            try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
        } catch { throw RigError(.file, "cannot make \(path)", cause: error) }
    }

    /// Puts a program where users other than root may run it, which the checkout may not allow.
    ///
    /// - Returns: its path there.
    func publish(_ program: String) throws -> String {
        let path = "\(binaries)/\(URL(filePath: program).lastPathComponent)"
        let source = URL(filePath: program).resolvingSymlinksInPath().path
        if link(source, path) == 0, access(path, X_OK) == 0 { return path }
        do {
            try FileManager.default.copyItem(atPath: source, toPath: path)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        } catch { throw RigError(.file, "cannot copy \(program) to \(path)", cause: error) }
        return path
    }

    /// The programs that pods run.
    func programs(app: String, envoy: String) throws -> PodPrograms {
        PodPrograms(app: try publish(app), envoy: try publish(envoy), logs: logs)
    }

    /// Removes the directory, or only the programs in it so that the rest can be looked at.
    func remove(keepingLogs: Bool) { try? FileManager.default.removeItem(atPath: keepingLogs ? binaries : path) }
}

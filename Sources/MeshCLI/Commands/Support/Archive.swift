internal import FoundationEssentials
internal import Subprocess
internal import SystemPackage

/// A file into which a directory is packed.
struct Archive {
    /// How it is packed.
    enum Packing: Equatable {
        /// By `tar` with a further option, such as `--gzip`; `nil` for none.
        case tar(String?)
        case zip

        /// The packing that the ending of a path says; `nil` for an ending that is not known.
        init?(path: String) {
            let endings: [(String, Packing)] = [
                (".tar", .tar(nil)), (".tar.gz", .tar("--gzip")), (".tgz", .tar("--gzip")),
                (".tar.bz2", .tar("--bzip2")), (".tbz2", .tar("--bzip2")), (".tar.xz", .tar("--xz")),
                (".txz", .tar("--xz")), (".tar.lz4", .tar("--use-compress-program=lz4")),
                (".tlz4", .tar("--use-compress-program=lz4")), (".zip", .zip),
            ]
            guard let packing = endings.first(where: { path.hasSuffix($0.0) })?.1 else { return nil }
            self = packing
        }

        /// Whether a path asks for Snappy, as the original's may: its program is in no distribution of Linux that is common.
        static func isSnappy(path: String) -> Bool { path.hasSuffix(".tar.sz") || path.hasSuffix(".tsz") }
    }

    /// Where it is made; a file that is there is replaced.
    let path: String

    /// Packs a directory.
    ///
    /// - Throws: ``CommandFailure``.
    func pack(_ directory: String) async throws {
        guard let packing = Packing(path: path) else { throw CommandFailure("\(path): its ending is not known") }
        let absolute = path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
        var isDirectory = false
        if FileManager.default.fileExists(atPath: absolute, isDirectory: &isDirectory) {
            guard !isDirectory else {
                throw CommandFailure(
                    "packing the bug report into \(path)", because: "it is a directory", advice: "name a file")
            }
            try? FileManager.default.removeItem(atPath: absolute)
        }
        let (parent, name) = (Self.parent(directory), Self.name(directory))
        do {
            switch packing {
            case .tar(let option):
                // A colon would be behind the name of another host.
                let options = (absolute.contains(":") ? ["--force-local"] : []) + [option].compactMap(\.self)
                try await run("tar", options + ["--create", "--file", absolute, "--directory", parent, name])
            case .zip: try await run("zip", ["--quiet", "--recurse-paths", absolute, name], in: parent)
            }
        } catch {
            // A part of an archive would be taken for one.
            try? FileManager.default.removeItem(atPath: absolute)
            throw error
        }
    }

    private func run(_ program: String, _ arguments: [String], in directory: String? = nil) async throws {
        let action = "packing the bug report into \(path)"
        do {
            let result = try await Subprocess.run(
                .name(program), arguments: Arguments(arguments), workingDirectory: directory.map { FilePath($0) },
                output: .discarded, error: .string(limit: 64 << 10))
            guard result.terminationStatus.isSuccess else {
                throw CommandFailure(
                    action, because: result.standardError.trimmingWhitespace,
                    advice: "see whether there is the program that packs so, or choose another ending with --out-file")
            }
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw CommandFailure(
                action, because: "`\(program)` cannot be run: \(error)",
                advice: "install it, or choose another ending with --out-file")
        }
    }

    private static func parent(_ path: String) -> String {
        String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }

    private static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// A directory of its own for the time of a command, `osm_bug_report_...` among the temporary files.
struct StagingDirectory {
    let path: String

    /// Makes it.
    ///
    /// - Throws: ``CommandFailure``.
    init() throws {
        let suffix = String(UInt32.random(in: .min ... .max), radix: 36)
        let base = FileManager.default.temporaryDirectory.path
        path = "\(base.hasSuffix("/") ? String(base.dropLast()) : base)/osm_bug_report_\(suffix)"
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandFailure("making the directory \(path)", because: "\(error)")
        }
    }

    /// Writes a file, and the directories that it is in.
    func write(_ bytes: [UInt8], to file: String) throws {
        let target = "\(path)/\(file)"
        let directory = target[..<(target.lastIndex(of: "/") ?? target.startIndex)]
        try FileManager.default.createDirectory(atPath: String(directory), withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(filePath: target))
    }

    /// Whether nothing was written.
    var isEmpty: Bool { (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty ?? true }

    /// Removes it with all that is in it.
    func remove() { try? FileManager.default.removeItem(atPath: path) }
}

internal import Glibc

/// The files of a directory that are manifests: `*.yaml`, `*.yml` and `*.json`, not those of directories in it.
///
/// Hidden files and the temporary files of editors are none. Everything here blocks.
struct ManifestFolder: Sendable {
    /// The directory.
    let path: String

    /// Whether a file of this name is a manifest.
    static func isManifest(_ name: String) -> Bool {
        guard let first = name.first, !".#~".contains(first) else { return false }
        return [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) }
    }

    /// Reads all files.
    func read() -> DirectoryReading {
        guard let directory = opendir(path) else { return .unreadable(Self.reason()) }
        defer { closedir(directory) }
        var files: [String: DirectoryReading.Content] = [:]
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let name, Self.isManifest(name) else { continue }
            files[name] = content(of: name)
        }
        return .complete(files)
    }

    /// Reads one file.
    func content(of name: String) -> DirectoryReading.Content {
        // A pipe of this name must not block the reader.
        let file = open("\(path)/\(name)", O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return errno == ENOENT ? .absent : .unreadable(Self.reason()) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { return .unreadable(Self.reason()) }
        guard status.st_mode & S_IFMT == S_IFREG else { return .absent }
        // One byte more than is allowed tells that there is more.
        let limit = ManifestFile.greatestSize + 1
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < limit {
            let count = Glibc.read(file, &buffer, min(buffer.count, limit - bytes.count))
            if count > 0 {
                bytes += buffer[..<count]
            } else if count == 0 {
                break
            } else if errno != EINTR {
                return .unreadable(Self.reason())
            }
        }
        // What was read in several parts while a writer emptied the file is not what it held.
        guard fstat(file, &status) == 0, status.st_size > 0 else { return .bytes([]) }
        return .bytes(bytes)
    }

    /// Whether a name in the directory is a symbolic link, or one of several names of a file: such names come into
    /// being with their content, and are never closed after writing.
    func isLink(_ name: String) -> Bool {
        var status = stat()
        guard lstat("\(path)/\(name)", &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFLNK || (status.st_mode & S_IFMT == S_IFREG && status.st_nlink > 1)
    }

    /// The system's words for the last error.
    static func reason() -> String { String(cString: strerror(errno)) }
}

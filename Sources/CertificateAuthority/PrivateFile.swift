// The fields of `stat` belong to whichever of the two the compiler met first.
internal import CoreFoundation
internal import Glibc

/// A small text file with a secret that is written once and then only read.
///
/// Two processes that start together end with one content, a crash or a full disk leaves no part of a file under its
/// name, and an existing file is never written to. `CertificateAuthority` and `ProxyIdentity` may not import each
/// other and both keep a secret: this one source file, linked into the latter, is compiled into both.
struct PrivateFile: Sendable {
    /// What is wrong with a file; the message names it and says what to do.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// More than any key and certificate need.
    private static let sizeLimit = 64 * 1024

    let path: String

    /// What the file holds; if there is none it is made first, with what `make` returns.
    ///
    /// If another process makes the file meanwhile, it is the other's content that counts.
    ///
    /// - Throws: `Failure`, or what `make` throws.
    func contents(orCreating make: () throws -> String) throws -> String {
        if let contents = try read() { return contents }
        let contents = try make()
        if try create(contents) { return contents }
        guard let theirs = try read() else {
            throw Failure(
                description: "\(path) is a link to nothing, or was just removed: look there, then start again")
        }
        return theirs
    }

    /// What the file holds; `nil` if there is none.
    func read() throws -> String? {
        // Not waiting for a writer, should this be a pipe.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("cannot be read", errno, "let this user read it")
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure("cannot be read", errno, "let this user read it") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Failure(description: "\(path) is not a file: name another path, or move what is there away")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw Failure(description: "\(path) belongs to another user, who could replace it: change its owner")
        }
        // Not repaired: who could read it may have read it, and only a person can tell what that means.
        guard status.st_mode & 0o077 == 0 else {
            throw Failure(
                description:
                    "\(path) may be read by others than its owner (mode 0\(String(status.st_mode & 0o777, radix: 8)))"
                    + ": if nobody has, run `chmod 600 \(path)`; if somebody may have, move it away to get a new one"
            )
        }
        guard status.st_size <= Self.sizeLimit else {
            throw Failure(description: "\(path) is too large to be a key: move it away and a new one is made")
        }
        var bytes = [UInt8](repeating: 0, count: Self.sizeLimit)
        var count = 0
        while count < bytes.count {
            let read = bytes.withUnsafeMutableBytes {
                Glibc.read(file, $0.baseAddress?.advanced(by: count), $0.count - count)
            }
            if read == 0 { break }
            if read < 0, errno == EINTR { continue }
            guard read > 0 else { throw failure("cannot be read", errno, "let this user read it") }
            count += read
        }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
            throw Failure(description: "\(path) is damaged: restore it, or move it away and a new one is made")
        }
        return text
    }

    /// Makes the file; false if there is one by now.
    private func create(_ contents: String) throws -> Bool {
        let temporary = "\(path).\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).new"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw failure("cannot be made", errno, "make its directory, and let this user write to it")
        }
        defer { unlink(temporary) }
        do {
            defer { close(file) }
            // A strange umask may have left less.
            guard fchmod(file, 0o600) == 0 else { throw failure("cannot be made", errno, "put it elsewhere") }
            try write(Array(contents.utf8), to: file)
            guard fsync(file) == 0 else { throw failure("cannot be written", errno, "make room on its disk") }
        }
        // A link, unlike a rename, never replaces what is there.
        guard link(temporary, path) == 0 else {
            if errno == EEXIST { return false }
            throw failure("cannot be made", errno, "put it on a file system that has hard links")
        }
        try synchronizeDirectory()
        return true
    }

    private func write(_ bytes: [UInt8], to file: Int32) throws {
        var count = 0
        while count < bytes.count {
            let written = bytes.withUnsafeBytes {
                Glibc.write(file, $0.baseAddress?.advanced(by: count), $0.count - count)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw failure("cannot be written", errno, "make room on its disk") }
            count += written
        }
    }

    /// Makes the file's name, too, outlive a power failure.
    func synchronizeDirectory() throws {
        let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else {
            throw failure("may not outlive a crash", errno, "let this user read its directory")
        }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw failure("may not outlive a crash", errno, "put it elsewhere") }
    }

    private func failure(_ what: String, _ number: Int32, _ remedy: String) -> Failure {
        Failure(description: "\(path) \(what) (\(String(cString: strerror(number)))): \(remedy)")
    }
}

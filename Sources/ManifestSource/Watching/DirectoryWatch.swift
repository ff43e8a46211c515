internal import Glibc

/// The kernel's watches (inotify) on a directory and on the directories on the way to it.
///
/// Those on the way tell when the directory comes back after it was gone, or when a link on the way is changed.
struct DirectoryWatch: ~Copyable {
    /// Readable when there are signs to take.
    let descriptor: Int32
    private let folder: ManifestFolder
    /// Of each watch on the way the name whose coming and going matters.
    private var steps: [Int32: Set<String>] = [:]
    private var target: Int32?
    private var identity: [UInt64] = []

    private static let wayMask =
        IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_MASK_ADD
    private static let targetMask = wayMask | IN_MODIFY | IN_CLOSE_WRITE

    /// Watches a directory, which need not be there.
    ///
    /// - Parameter folder: The directory, by an absolute path.
    init(_ folder: ManifestFolder) throws(ManifestSourceError) {
        self.folder = folder
        descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard descriptor >= 0 else {
            throw ManifestSourceError(
                .watch,
                "\(folder.path) cannot be watched: \(ManifestFolder.reason()): raise fs.inotify.max_user_instances")
        }
        // From the root down: a directory that comes after it was looked for is told by the one it is in.
        var path = ""
        let names = folder.path.split(separator: "/").map(String.init)
        for name in names {
            let watch = inotify_add_watch(descriptor, path.isEmpty ? "/" : path, UInt32(Self.wayMask))
            if watch >= 0 {
                steps[watch, default: []].insert(name)
            } else if errno == ENOSPC {
                throw Self.exhausted(folder)
            } else if errno != EACCES {
                return
            }
            path += "/\(name)"
        }
        let watch = inotify_add_watch(descriptor, folder.path, UInt32(Self.targetMask))
        if watch >= 0 {
            target = watch
            identity = currentIdentity
        } else if errno == ENOSPC {
            throw Self.exhausted(folder)
        }
    }

    deinit { close(descriptor) }

    /// Whether the directory that is watched is still the one at the path.
    var isCurrent: Bool { target != nil && identity == currentIdentity }

    /// Takes all signs that have come.
    func take(into signs: inout DirectorySigns) {
        // Events are aligned as their header in the kernel, so a buffer of words holds them.
        let size = 64 << 10
        withUnsafeTemporaryAllocation(byteCount: size, alignment: MemoryLayout<inotify_event>.alignment) { buffer in
            while true {
                let count = read(descriptor, buffer.baseAddress, size)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                note(UnsafeRawBufferPointer(rebasing: buffer[..<count]), in: &signs)
            }
        }
    }

    private func note(_ events: UnsafeRawBufferPointer, in signs: inout DirectorySigns) {
        let headerSize = MemoryLayout<inotify_event>.size
        var rest = events[...]
        while rest.count >= headerSize {
            let header = UnsafeRawBufferPointer(rebasing: rest.prefix(headerSize))
            let watch = header.loadUnaligned(fromByteOffset: 0, as: Int32.self)
            let mask = Int32(bitPattern: header.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
            let length = Int(header.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
            rest = rest.dropFirst(headerSize)
            let name = String(decoding: rest.prefix(length).prefix { $0 != 0 }, as: UTF8.self)
            rest = rest.dropFirst(length)
            note(watch, mask, name, in: &signs)
        }
    }

    private func note(_ watch: Int32, _ mask: Int32, _ name: String, in signs: inout DirectorySigns) {
        if mask & IN_Q_OVERFLOW != 0 {
            signs.isIncomplete = true
            signs.isStale = true
            return
        }
        if mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED) != 0 || steps[watch]?.contains(name) == true {
            signs.isStale = true
        }
        guard watch == target, !name.isEmpty else { return }
        guard ManifestFolder.isManifest(name) else {
            // Manifests may be links that lead through this name, as those of a mounted ConfigMap lead through `..data`.
            let isWriting = mask & (IN_MODIFY | IN_CLOSE_WRITE) != 0
            if !isWriting, name.hasPrefix("..") || folder.isLink(name) { signs.isIncomplete = true }
            return
        }
        if mask & (IN_DELETE | IN_MOVED_FROM) != 0 { signs.hasRemoval = true }
        if mask & IN_MODIFY != 0 {
            signs.noteWriting(of: name)
        } else if mask & IN_CREATE == 0 || folder.isLink(name) {
            // A new file that is no link is complete when its writer closes it.
            signs.noteChange(of: name)
        }
    }

    private var currentIdentity: [UInt64] {
        var status = stat()
        guard stat(folder.path, &status) == 0 else { return [] }
        return [UInt64(status.st_dev), UInt64(status.st_ino)]
    }

    private static func exhausted(_ folder: ManifestFolder) -> ManifestSourceError {
        ManifestSourceError(
            .watch,
            "\(folder.path) cannot be watched: the system's watches are used up: raise fs.inotify.max_user_watches")
    }
}

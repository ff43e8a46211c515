import Foundation
import Synchronization

/// The volumes of one pod.
final class VolumeSet: Sendable {
    private let node: Node
    private let pod: Pod
    private let directory: String
    private let tokens: TokenSource
    private let projected = Mutex<[String: AtomicDirectory]>([:])

    /// Where files are that must not come to the disk.
    private var memory: String { "\(directory)/memory" }

    /// Where the scripts are that start containers: they hold variables, which may be secret.
    ///
    /// No volume has such a name.
    var scripts: String { "\(memory)/.scripts" }

    init(node: Node, pod: Pod, directory: String) {
        self.node = node
        self.pod = pod
        self.directory = directory
        tokens = TokenSource(node: node, pod: pod)
    }

    /// Makes the directories.
    func prepare() async throws {
        let manager = FileManager.default
        try manager.createDirectory(atPath: memory, withIntermediateDirectories: true)
        try await Program(["mount", "-t", "tmpfs", "-o", "mode=0755", "none", memory]).check()
        try manager.createDirectory(atPath: scripts, withIntermediateDirectories: true)
        guard chmod(scripts, 0o700) == 0 else { throw RigError("\(scripts): errno \(errno)") }
        for volume in pod.spec.volumes ?? [] {
            guard let path = path(of: volume) else { continue }
            if let host = volume.hostPath, host.type != "DirectoryOrCreate" { continue }
            try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
            guard volume.emptyDir != nil else { continue }
            let group = pod.spec.securityContext?.fsGroup
            guard chmod(path, group == nil ? 0o777 : 0o2777) == 0, chown(path, 0, gid_t(group ?? 0)) == 0
            else { throw RigError("\(path): errno \(errno)") }
        }
    }

    /// The directory of a volume; `nil` if the node has no such kind of volume.
    func path(of volume: Volume) -> String? {
        if let host = volume.hostPath { return host.path }
        if volume.emptyDir != nil {
            return volume.emptyDir?.medium == "Memory" ? "\(memory)/\(volume.name)" : "\(directory)/\(volume.name)"
        }
        return volume.projection == nil ? nil : "\(memory)/\(volume.name)"
    }

    /// Writes the files that come from the API server, as they are now.
    ///
    /// - Throws: What is missing.
    func write(_ fields: FieldPath) async throws {
        for volume in pod.spec.volumes ?? [] {
            guard let path = path(of: volume) else {
                throw RigError("volume \"\(volume.name)\" is of a kind that this node does not have")
            }
            guard let projection = volume.projection else { continue }
            let files: [String: AtomicDirectory.File]
            do {
                files = try await ProjectedFiles(node: node, fields: fields, tokens: tokens).files(projection)
            } catch {
                throw RigError("MountVolume.SetUp failed for volume \"\(volume.name)\" : \(error)")
            }
            try projected.withLock { projected in
                try projected[volume.name, default: AtomicDirectory(path: path)].write(files)
            }
        }
    }

    /// Removes everything.
    func remove() async {
        _ = try? await Program(["umount", "-l", memory]).run()
        try? FileManager.default.removeItem(atPath: directory)
    }
}

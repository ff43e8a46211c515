import Foundation

/// What a rig left behind that was killed.
enum LeftoverContainers {
    /// The processes that started containers of the rig with this directory.
    static func processes(of directory: String) -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { process in
            let words = SystemFile.text("/proc/\(process)/cmdline").split(separator: "\0")
            return words.first == "unshare" && words.last?.hasPrefix("\(directory)/pods/") == true
        }
    }

    /// Ends them, and takes away the mounts and files of their pods.
    static func remove(of directory: String) async {
        // Their containers end with them.
        for process in processes(of: directory) { kill(process, SIGKILL) }
        let mounts = SystemFile.text("/proc/self/mounts")
        for line in mounts.split(separator: "\n") {
            let path = line.split(separator: " ").dropFirst().first.map(String.init) ?? ""
            guard path.hasPrefix("\(directory)/pods/") else { continue }
            _ = try? await Program(["umount", "-l", path]).run()
        }
        try? FileManager.default.removeItem(atPath: "\(directory)/pods")
    }
}

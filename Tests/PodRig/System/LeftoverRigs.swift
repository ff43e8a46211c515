import Foundation

/// What rigs left behind that were killed before they could clean up.
enum LeftoverRigs {
    /// The start of the name of every namespace and directory of a rig; its process id follows.
    static let prefix = "osm-rig-"

    /// Stops the programs of dead rigs, and removes their namespaces and directories.
    static func remove() throws {
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: "/run/netns")) ?? []
            + ((try? FileManager.default.contentsOfDirectory(atPath: "/etc/netns")) ?? [])
        for name in Set(names).sorted() {
            guard let owner = owner(of: name), !isRig(owner) else { continue }
            let namespace = Namespace(name: name)
            for process in (try? namespace.processes()) ?? [] { kill(process, SIGKILL) }
            for problem in namespace.remove() { throw RigError(.machine, problem) }
        }
        // A rig that could still clean up has removed the programs, and left what is to be looked at.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/tmp")) ?? [] {
            guard let owner = owner(of: name), !isRig(owner) else { continue }
            let path = "/tmp/\(name)"
            if FileManager.default.fileExists(atPath: "\(path)/bin") {
                try FileManager.default.removeItem(atPath: path)
            }
        }
    }

    /// The process id in a name; `nil` if no rig made it.
    static func owner(of name: String) -> Int32? {
        guard name.hasPrefix(prefix) else { return nil }
        return name.dropFirst(prefix.count).split(separator: "-").first.flatMap { Int32($0) }
    }

    private static func isRig(_ process: Int32) -> Bool {
        let name = try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8)
        return name?.trimmingCharacters(in: .newlines) == "PodRig"
    }
}

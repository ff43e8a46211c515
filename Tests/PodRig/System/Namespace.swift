import Foundation

/// A network namespace: a host of its own, with its own addresses, rules and names of other hosts.
struct Namespace {
    let name: String

    private var configuration: String { "/etc/netns/\(name)" }

    /// The command that runs another one in the namespace.
    ///
    /// `ip` and `setpriv` replace themselves by what they run, so the process id is the program's own. The program
    /// ends with the rig even if the rig is killed.
    ///
    /// - Parameters:
    ///   - user: the user to run it as; `nil` for root.
    ///   - mounted: a directory, and the path below `/run` or `/var/run` at which only this program sees it.
    func command(
        _ words: [String], user: Int? = nil, seeing mounted: (source: String, path: String)? = nil
    ) -> [String] {
        var prefix = ["ip", "netns", "exec", name]
        if let mounted {
            // `ip` gives the program mounts of its own, so that the machine's are not touched.
            let mount = "mount -t tmpfs none /run && mkdir -p \"$1\" && mount --bind \"$0\" \"$1\""
            prefix += ["/bin/sh", "-c", "\(mount) && shift && exec \"$@\"", mounted.source, mounted.path]
        }
        if let user {
            prefix += ["/usr/bin/setpriv", "--reuid", "\(user)", "--regid", "\(user)", "--clear-groups"]
        } else {
            prefix += ["/usr/bin/setpriv"]
        }
        return prefix + ["--pdeathsig", "KILL"] + words
    }

    /// Makes the namespace, with its loopback interface up.
    ///
    /// - Parameter hosts: the contents of `/etc/hosts` for programs in it.
    func make(hosts: String) throws {
        try FileManager.default.createDirectory(atPath: configuration, withIntermediateDirectories: true)
        try writeHosts(hosts)
        // Without a server for names every name that is not among the hosts is unknown at once.
        try Data("options timeout:1 attempts:1\n".utf8).write(to: URL(filePath: "\(configuration)/resolv.conf"))
        try Command(["ip", "netns", "add", name]).check()
        try ip("link set lo up")
    }

    /// Replaces the contents of `/etc/hosts`, also for programs that run already.
    func writeHosts(_ hosts: String) throws {
        // In place: those programs have the very file, not its name.
        try Data(hosts.utf8).write(to: URL(filePath: "\(configuration)/hosts"))
    }

    /// Runs `ip` in the namespace.
    func ip(_ words: String) throws {
        try Command(["ip", "-n", name] + words.split(separator: " ").map(String.init)).check()
    }

    /// Removes what exists of the namespace, and returns what could not be removed.
    func remove() -> [String] {
        var problems: [String] = []
        do {
            if FileManager.default.fileExists(atPath: "/run/netns/\(name)") {
                try Command(["ip", "netns", "delete", name]).check()
            }
        } catch { problems.append("\(error)") }
        try? FileManager.default.removeItem(atPath: configuration)
        // The directory itself goes with its last entry.
        rmdir("/etc/netns")
        return problems
    }

    /// The processes in the namespace.
    func processes() throws -> [Int32] {
        try Command(["ip", "netns", "pids", name]).check().split(whereSeparator: \.isWhitespace).compactMap {
            Int32($0)
        }
    }
}

import Foundation

/// How a container is started: namespaces, what it sees of files, and who it is.
struct ContainerLaunch: Sendable {
    /// A volume in the container.
    struct Mount: Sendable {
        let source: String
        let path: String
        let isReadOnly: Bool
    }

    /// An empty directory: the container's own files are mounted there, which nobody else sees.
    let box: String
    /// The file of the network namespace; `nil` for the node's own.
    let network: String?
    let hostname: String
    /// The directory with the pod's `hosts`, `resolv.conf` and `hostname`.
    let names: String
    let image: ImageTable.Image
    let mounts: [Mount]
    let isReadOnly: Bool
    let identity: ContainerIdentity
    let variables: [String: String]
    let workingDirectory: String
    /// The program and its arguments.
    let words: [String]
    /// A file that is there once everything is prepared and the program begins.
    let mark: String

    /// The command that starts the container whose script is in a file.
    func command(script: String) -> [String] {
        let enter = network.map { ["nsenter", "--net=\($0)"] } ?? []
        return enter + ["unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child=KILL"]
            + ["--propagation", "private", "/bin/sh", script]
    }

    /// The command that runs a further program in the container whose first process is given.
    func command(_ words: [String], in process: Int32, limit: Duration) -> [String] {
        let seconds = Double(limit.components.seconds) + Double(limit.components.attoseconds) / 1e18
        return ["nsenter", "--target", "\(process)", "--mount", "--uts", "--net", "--pid", "--root"]
            + ["timeout", "--signal", "KILL", "\(max(0.001, seconds))"] + become(words)
    }

    private func become(_ words: [String]) -> [String] {
        var variables = variables
        if variables["PATH"] == nil {
            variables["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        }
        if variables["HOME"] == nil { variables["HOME"] = identity.home }
        if variables["HOSTNAME"] == nil { variables["HOSTNAME"] = hostname }
        let settings = variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return identity.command + ["env", "-i", "-C", workingDirectory] + settings + words
    }

    /// The script that prepares the container and becomes its program.
    ///
    /// The root has the machine's programs below `/usr`, its `/etc`, and nothing else of the machine; what the container
    /// writes is in memory and goes with it.
    var script: String {
        var lines = [
            "set -e",
            "mount -t tmpfs -o mode=0755 none \(box.quoted)",
            "cd \(box.quoted)",
            "mkdir root upper-usr work-usr upper-etc work-etc",
            "cp \(names.quoted)/* upper-etc/",
            "cd root",
            "mkdir -m 0755 usr etc proc sys dev run var var/log var/lib var/cache home opt srv mnt",
            "mkdir -m 0700 root",
            "mkdir -m 1777 tmp var/tmp dev/shm",
            "ln -s ../run var/run",
            "for name in bin sbin lib lib32 lib64 libx32; do",
            "    if [ -L /$name ]; then cp -P /$name .",
            "    elif [ -d /$name ]; then mkdir $name; mount --rbind /$name $name; fi",
            "done",
            "for name in usr etc; do",
            "    mount -t overlay overlay -o lowerdir=/$name,upperdir=../upper-$name,workdir=../work-$name $name",
            "done",
            "mount -t proc proc proc",
            "mount -t sysfs -o ro sysfs sys",
            "mount -t tmpfs -o mode=1777 none dev/shm",
            "mknod -m 0666 dev/null c 1 3; mknod -m 0666 dev/zero c 1 5; mknod -m 0666 dev/full c 1 7",
            "mknod -m 0666 dev/random c 1 8; mknod -m 0666 dev/urandom c 1 9; mknod -m 0666 dev/tty c 5 0",
            "ln -s /proc/self/fd dev/fd; ln -s /proc/self/fd/0 dev/stdin",
            "ln -s /proc/self/fd/1 dev/stdout; ln -s /proc/self/fd/2 dev/stderr",
            "hostname \(hostname.quoted)",
        ]
        for directory in image.libraries {
            lines.append("mkdir -p .\(directory.quoted); mount --rbind -o ro \(directory.quoted) .\(directory.quoted)")
        }
        for (path, file) in image.files.sorted(by: { $0.key < $1.key }) { lines.append(bind(file, path, true)) }
        for mount in mounts { lines.append(bind(mount.source, mount.path, mount.isReadOnly)) }
        lines.append("[ -d .\(workingDirectory.quoted) ] || mkdir -p .\(workingDirectory.quoted)")
        if isReadOnly {
            lines += ["cd ..", "mount --rbind root root", "cd root"]
            lines.append("for name in usr etc .; do mount -o remount,bind,ro $name; done")
        }
        lines.append("echo > \(mark.quoted)")
        let program = ["chroot", "."] + become(words)
        lines.append("exec " + program.map(\.quoted).joined(separator: " "))
        return lines.joined(separator: "\n") + "\n"
    }

    /// Shows a file or directory at a path.
    private func bind(_ source: String, _ path: String, _ isReadOnly: Bool) -> String {
        let (from, to) = (source.quoted, ".\(path)".quoted)
        return """
            if [ -d \(from) ]; then mkdir -p \(to); else
                [ -e \(to) ] || { mkdir -p "$(dirname \(to))"; : > \(to); }
            fi
            mount --rbind\(isReadOnly ? " -o ro" : "") \(from) \(to)
            """
    }
}

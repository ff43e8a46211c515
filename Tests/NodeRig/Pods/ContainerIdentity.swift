import Foundation

/// As whom a container runs, and with which rights.
struct ContainerIdentity: Sendable {
    /// The rights of root in a container, unless it asks for others.
    private static let defaultCapabilities: Set<String> = [
        "chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "net_bind_service",
        "net_raw", "sys_chroot", "mknod", "audit_write", "setfcap",
    ]

    let user: Int
    private let group: Int
    private let groups: [Int]
    private let capabilities: Set<String>
    private let isPrivileged: Bool
    private let gainsNoPrivileges: Bool

    /// The identity of a container of a pod.
    ///
    /// - Throws: ``ContainerEnvironment/Missing`` if it must not be root, and is.
    init(_ container: Container, in pod: PodSpec) throws {
        let (own, common) = (container.securityContext, pod.securityContext)
        user = own?.runAsUser ?? common?.runAsUser ?? 0
        if own?.runAsNonRoot ?? common?.runAsNonRoot ?? false, user == 0 {
            throw ContainerEnvironment.Missing(
                description: "container has runAsNonRoot and image will run as root (container: \(container.name))")
        }
        group = own?.runAsGroup ?? common?.runAsGroup ?? Self.group(of: user)
        groups = (common?.supplementalGroups ?? []) + [common?.fsGroup].compactMap(\.self)
        isPrivileged = own?.privileged ?? false
        gainsNoPrivileges = own?.allowPrivilegeEscalation == false && !isPrivileged
        func names(_ list: [String]?) -> [String] { (list ?? []).map { $0.lowercased().replacing("cap_", with: "") } }
        let (added, dropped) = (names(own?.capabilities?.add), names(own?.capabilities?.drop))
        capabilities =
            (dropped.contains("all") ? [] : Self.defaultCapabilities.subtracting(dropped))
            .union(added.filter { $0 != "all" })
    }

    /// The command that becomes another one as this identity.
    var command: [String] {
        var words = ["setpriv", "--reuid", "\(user)", "--regid", "\(group)"]
        words += groups.isEmpty ? ["--clear-groups"] : ["--groups", groups.map { "\($0)" }.joined(separator: ",")]
        if !isPrivileged {
            let list = ["-all"] + capabilities.sorted().map { "+\($0)" }
            words += ["--inh-caps", "-all", "--bounding-set", list.joined(separator: ",")]
        }
        if gainsNoPrivileges { words.append("--no-new-privs") }
        return words
    }

    /// The home of the user.
    var home: String { user == 0 ? "/root" : "/" }

    /// The group of a user of the machine, whose file of users is the container's too; root's for others.
    private static func group(of user: Int) -> Int {
        for line in SystemFile.text("/etc/passwd").split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count > 3, Int(fields[2]) == user { return Int(fields[3]) ?? 0 }
        }
        return 0
    }
}

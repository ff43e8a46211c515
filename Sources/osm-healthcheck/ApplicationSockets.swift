import Foundation

/// The TCP sockets of the pod's applications, as the kernel tells them to all containers of a pod.
struct ApplicationSockets {
    /// The user that sidecars run as.
    static let sidecarUser = 1500
    /// Connections that only wait for late packets.
    private static let timeWait = "06"

    /// How many there are that listen or are connected, without those of the sidecar.
    ///
    /// Those without an inode belong to nobody any more.
    let count: Int

    /// The sockets now; all are 0 where the kernel does not tell.
    init() {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map { path in
            (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        }
        self.init(tables: tables)
    }

    /// The sockets in tables as `/proc/net/tcp` has them.
    init(tables: [String]) {
        count =
            tables.flatMap { $0.split(separator: "\n").dropFirst() }.filter { line in
                let fields = line.split(separator: " ", omittingEmptySubsequences: true)
                guard fields.count > 9 else { return false }
                return fields[3] != Self.timeWait && fields[7] != "\(Self.sidecarUser)" && fields[9] != "0"
            }.count
    }
}

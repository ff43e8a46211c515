import ArgumentParser
import Foundation
import Synchronization

/// The namespaces that are the node: of the network, of mounts and of processes.
///
/// The machine's own network, mounts and processes are not touched, and everything ends with the namespaces.
enum NodeNamespace {
    /// The bridge's address: the node's, and every pod's way out.
    ///
    /// Pods have others in its 16-bit range.
    static let address = "10.66.0.1"
    /// The same for IPv6.
    ///
    /// Pods have such addresses too, of which the API server does not know.
    static let addressV6 = "fd00:66::1:0"
    /// The cluster's server for names, in the range of Services of `hack/cluster.sh`.
    static let nameServer = "10.96.0.10"

    /// Makes the network and becomes the program in `$@`.
    ///
    /// The default route is what leads packets for virtual addresses to the rules of iptables.
    fileprivate static let preparation = """
        mkdir -p /run/netns
        mount -t tmpfs none /run/netns
        echo 'nameserver \(nameServer)' > /run/netns/.resolv.conf
        mount --bind /run/netns/.resolv.conf /etc/resolv.conf
        ip link set lo up
        # With an address of its own: otherwise it has the lowest of its links', and pods lose it when that one changes.
        ip link add br0 address 02:66:00:00:00:01 type bridge
        ip address add \(address)/16 dev br0
        ip address add \(nameServer)/32 dev br0
        ip address add \(addressV6)/64 dev br0 nodad
        ip link set br0 up
        ip route add default dev br0
        echo 1 > /proc/sys/net/ipv4/ip_forward
        echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
        # What crosses the bridge is the node's to route: the bridge must not take it for its own.
        for file in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e "$file" ] || echo 0 > "$file"; done
        for interface in all default br0; do
            echo 0 > /proc/sys/net/ipv4/conf/$interface/rp_filter
            echo 0 > /proc/sys/net/ipv4/conf/$interface/send_redirects
        done
        exec "$@"
        """
}

/// Runs a command on a node of its own.
struct EnterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enter",
        abstract: "Makes the namespaces of a node, and runs a command there: the cluster, kubectl and `NodeRig run`.",
        discussion: """
            The command is the first process of the node: when it ends, everything that it started ends too. SIGINT and \
            SIGTERM are passed on to it; a second one ends the node at once.
            """)

    private static let signals = Atomic<Int32>(0)
    private static let signalNumber = Atomic<Int32>(0)

    @Argument(parsing: .captureForPassthrough, help: "The command, after `--` or by itself.") var command: [String]

    func run() throws {
        let words = command.first == "--" ? Array(command.dropFirst()) : command
        guard !words.isEmpty else { throw ValidationError("no command is given") }
        // Initialized here, since a signal handler must not do it.
        _ = (Self.signals.load(ordering: .relaxed), Self.signalNumber.load(ordering: .relaxed))
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { number in
                EnterCommand.signalNumber.store(number, ordering: .relaxed)
                EnterCommand.signals.add(1, ordering: .relaxed)
            }
        }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/setpriv")
        // Started on the main thread, which lives as long as this process: the node ends if this process is killed.
        process.arguments =
            ["--pdeathsig", "KILL", "unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child=KILL"]
            + ["--mount-proc", "--propagation", "private", "/bin/sh", "-ec", NodeNamespace.preparation, "sh"] + words
        try process.run()
        var passedOn: Int32 = 0
        while process.isRunning {
            usleep(20_000)
            let count = Self.signals.load(ordering: .relaxed)
            guard count > passedOn else { continue }
            passedOn = count
            let first = ProcessTree.children(of: process.processIdentifier).first
            if count == 1, let first {
                kill(first, Self.signalNumber.load(ordering: .relaxed))
            } else {
                kill(process.processIdentifier, SIGKILL)
            }
        }
        process.waitUntilExit()
        let wasKilled = process.terminationReason == .uncaughtSignal
        throw ExitCode(process.terminationStatus + (wasKilled ? 128 : 0))
    }
}

/// Who started whom.
enum ProcessTree {
    /// The processes that a process started, and that run.
    static func children(of process: Int32) -> [Int32] {
        SystemFile.text("/proc/\(process)/task/\(process)/children").split(whereSeparator: \.isWhitespace).compactMap {
            Int32($0)
        }
    }
}

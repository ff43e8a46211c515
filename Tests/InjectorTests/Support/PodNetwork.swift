import Foundation
import Injector
import Synchronization
import Testing

/// A pod and another host, as two network namespaces joined by two links, `eth0` and `net1`.
///
/// The pod runs what stands for a sidecar and an application; the other host answers `remote`.
struct PodNetwork {
    /// One of the two hosts.
    enum Host: Hashable { case pod, other }

    static let podAddress = "10.201.0.2"
    static let podAddress6 = "fd00:c9::2"
    static let otherAddress = "10.201.0.1"
    static let otherAddress6 = "fd00:c9::1"
    /// The other host's address on the second link.
    static let secondAddress = "10.202.0.1"
    /// Further addresses of the other host.
    static let distantAddresses = ["198.51.100.1", "203.0.113.1"]
    static let distantAddress6 = "2001:db8::1"
    /// More ports than one multiport match takes.
    static let manyPorts: [UInt16] = Array(7001...7035)

    private static let counter = Mutex(0)
    private let names: [Host: String]

    /// Makes the hosts, hands them to a body and removes them, also when it throws.
    static func with(hasIPv6: Bool = true, _ body: (PodNetwork) throws -> Void) throws {
        guard geteuid() == 0 else {
            throw Command.Failure(description: "network namespaces need root: run the tests as root, see hack/setup.sh")
        }
        let number = counter.withLock { counter in
            counter += 1
            return counter
        }
        let prefix = "inj-\(ProcessInfo.processInfo.processIdentifier)-\(number)"
        let network = PodNetwork(names: [.pod: prefix + "-pod", .other: prefix + "-other"])
        defer { network.remove() }
        try network.make(hasIPv6: hasIPv6)
        var servers: [Process] = []
        defer { for server in servers { server.killAndWait() } }
        servers.append(try network.listen(at: podListeners(hasIPv6: hasIPv6), in: .pod))
        servers.append(try network.listen(at: otherListeners(hasIPv6: hasIPv6), in: .other))
        try body(network)
    }

    /// Runs a shell script in the pod, as the container `osm-init` does.
    func runInPod(script: String, environment: [String: String] = [:]) throws -> Command.Outcome {
        let assignments = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return try command(in: .pod, ["/usr/bin/env"] + assignments + ["/bin/sh", "-c", script]).run()
    }

    /// Installs rules by the product's own script, verbatim.
    func install(_ rules: RedirectionRules, podIP: String = podAddress) throws {
        let outcome = try runInPod(script: rules.shellScript, environment: ["POD_IP": podIP])
        guard outcome.status == 0 else { throw Command.Failure(description: outcome.errors) }
    }

    /// The `nat` rules of the pod, as `iptables -S` or `ip6tables -S` prints them.
    func rules(_ tool: String) throws -> [String] {
        try command(in: .pod, [tool, "-t", "nat", "-S"]).check().split(separator: "\n").map(String.init)
    }

    /// What connections from a host, as a user, to `address port` texts are answered with.
    func answers(to places: [String], from host: Host, user: Int = 1000) throws -> [String] {
        let call = ["/usr/bin/python3", "-c", Listeners.client, String(user)] + places
        return try command(in: host, call).check().split(separator: "\n").map(String.init)
    }

    private static func podListeners(hasIPv6: Bool) -> [String] {
        var places = ["admin 127.0.0.1 15000", "pod-address-only \(podAddress) 9100"]
        for any in hasIPv6 ? ["0.0.0.0", "::"] : ["0.0.0.0"] {
            places += ["outbound \(any) 15001", "inbound \(any) 15003", "application \(any) 9000"]
            places += ([15010, 15901, 15902, 15903, 15904]).map { "sidecar \(any) \($0)" }
            places += manyPorts.map { "application \(any) \($0)" }
        }
        return places
    }

    private static func otherListeners(hasIPv6: Bool) -> [String] {
        (hasIPv6 ? ["0.0.0.0", "::"] : ["0.0.0.0"]).flatMap { any in
            ([8080, 15003, 15010, 15901, 15902, 15903, 15904] + manyPorts).map { "remote \(any) \($0)" }
        }
    }

    private func make(hasIPv6: Bool) throws {
        guard let pod = names[.pod], let other = names[.other] else { return }
        try Command("ip", ["netns", "add", pod]).check()
        try Command("ip", ["netns", "add", other]).check()
        try ip(.pod, "link set lo up")
        try ip(.other, "link set lo up")
        for (link, net) in [("eth0", "10.201.0"), ("net1", "10.202.0")] {
            try ip(.pod, "link add \(link) type veth peer name \(link) netns \(other)")
            for (host, number) in [(Host.pod, 2), (Host.other, 1)] {
                try ip(host, "address add \(net).\(number)/24 dev \(link)")
                try ip(host, "link set \(link) up")
            }
        }
        try ip(.pod, "route add default via \(PodNetwork.otherAddress)")
        for address in PodNetwork.distantAddresses { try ip(.other, "address add \(address)/32 dev lo") }
        guard hasIPv6 else { return }
        try ip(.pod, "address add \(PodNetwork.podAddress6)/64 dev eth0 nodad")
        try ip(.other, "address add \(PodNetwork.otherAddress6)/64 dev eth0 nodad")
        try ip(.other, "address add \(PodNetwork.distantAddress6)/128 dev lo nodad")
        try ip(.pod, "route add default via \(PodNetwork.otherAddress6)")
    }

    private func remove() {
        for name in names.values.sorted() {
            do { try Command("ip", ["netns", "delete", name]).check() } catch { Issue.record(error) }
        }
    }

    private func ip(_ host: Host, _ words: String) throws {
        try command(in: host, ["ip"] + words.split(separator: " ").map(String.init)).check()
    }

    private func command(in host: Host, _ words: [String]) throws -> Command {
        try Command("ip", ["netns", "exec", names[host] ?? ""] + words)
    }

    private func listen(at places: [String], in host: Host) throws -> Process {
        let process = try command(in: host, ["/usr/bin/python3", "-c", Listeners.server] + places).process
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        // Blocks until the listeners are there, or until the program ended without them.
        let expected = Data("ready\n".utf8)
        guard try output.fileHandleForReading.read(upToCount: expected.count) == expected else {
            throw Command.Failure(description: "the listeners of the test did not start")
        }
        return process
    }
}

extension Process {
    /// Ends a program that a test started, at once.
    ///
    /// A program that Foundation starts on a thread of the Swift runtime inherits that thread's blocked signals, so
    /// SIGTERM would not reach it.
    func killAndWait() {
        kill(processIdentifier, SIGKILL)
        waitUntilExit()
    }
}

/// The virtual addresses of Services, as rules of iptables.
struct ServiceRules {
    /// One port of a Service, and where connections to it go.
    private struct Target {
        let chain: String
        let match: String
        let `protocol`: String
        let endpoints: [String]
    }

    private static let chainPrefix = "NODE-SVC-"

    /// What `iptables-restore --noflush` reads.
    let text: String
    /// The chains that are in use.
    let chains: Set<String>

    /// The rules that are there once, around what changes.
    static let frame = """
        *nat
        :NODE-SERVICES - [0:0]
        :NODE-POST - [0:0]
        -A PREROUTING -j NODE-SERVICES
        -A OUTPUT -j NODE-SERVICES
        -A POSTROUTING -j NODE-POST
        COMMIT
        *filter
        :NODE-REJECT - [0:0]
        -A FORWARD -j NODE-REJECT
        -A OUTPUT -j NODE-REJECT
        COMMIT

        """

    /// Takes away everything.
    static let removal = """
        for chain in PREROUTING OUTPUT; do iptables -w -t nat -D $chain -j NODE-SERVICES; done
        iptables -w -t nat -D POSTROUTING -j NODE-POST
        for chain in FORWARD OUTPUT; do iptables -w -D $chain -j NODE-REJECT; done
        for chain in NODE-SERVICES NODE-POST $(iptables-save -t nat | sed -n 's/^:\\(\(chainPrefix)[^ ]*\\).*/\\1/p'); do
            iptables -w -t nat -F $chain
        done
        for chain in NODE-SERVICES NODE-POST $(iptables-save -t nat | sed -n 's/^:\\(\(chainPrefix)[^ ]*\\).*/\\1/p'); do
            iptables -w -t nat -X $chain
        done
        iptables -w -F NODE-REJECT
        iptables -w -X NODE-REJECT
        """

    /// The rules for some Services.
    ///
    /// - Parameter chains: The chains there are; those no longer needed are removed.
    init(_ services: [Service], _ slices: [EndpointSlice], replacing previous: Set<String>) {
        let targets = Self.targets(services, slices)
        chains = Set(targets.filter { !$0.endpoints.isEmpty }.map(\.chain))
        var lines = ["*nat", ":NODE-SERVICES - [0:0]", ":NODE-POST - [0:0]"]
        lines += chains.union(previous).sorted().map { ":\($0) - [0:0]" }
        for target in targets where !target.endpoints.isEmpty {
            lines.append("-A NODE-SERVICES \(target.match) -j \(target.chain)")
            for (index, endpoint) in target.endpoints.enumerated() {
                let left = target.endpoints.count - index
                let chance = left > 1 ? " -m statistic --mode random --probability \(1 / Double(left))" : ""
                lines.append(
                    "-A \(target.chain) -p \(target.protocol)\(chance) -j DNAT --to-destination \(endpoint)")
            }
        }
        // Whoever reaches itself through a virtual address must not answer itself directly.
        let addresses = Set(targets.flatMap(\.endpoints).map { $0.prefix { $0 != ":" } })
        lines += addresses.sorted().map { "-A NODE-POST -s \($0)/32 -d \($0)/32 -j MASQUERADE" }
        lines += previous.subtracting(chains).sorted().map { "-X \($0)" }
        lines += ["COMMIT", "*filter", ":NODE-REJECT - [0:0]"]
        lines += targets.filter(\.endpoints.isEmpty).map { "-A NODE-REJECT \($0.match) -j REJECT" }
        text = (lines + ["COMMIT", ""]).joined(separator: "\n")
    }

    private static func targets(_ services: [Service], _ slices: [EndpointSlice]) -> [Target] {
        let slices = Dictionary(grouping: slices) { "\($0.metadata.namespace ?? "")/\($0.service ?? "")" }
        return services.flatMap { service -> [Target] in
            guard let address = service.virtualAddress, !address.contains(":"), address != NodeNamespace.nameServer
            else { return [] }
            return (service.spec.ports ?? []).map { port in
                let network = (port.protocol ?? "TCP").lowercased()
                let behind = (slices[service.metadata.key] ?? []).filter { $0.addressType == "IPv4" }
                let endpoints = behind.flatMap { slice -> [String] in
                    guard let own = slice.ports?.first(where: { ($0.name ?? "") == (port.name ?? "") })?.port
                    else { return [] }
                    return (slice.endpoints ?? []).filter(\.isReady).compactMap { $0.addresses.first }
                        .map { "\($0):\(own)" }
                }
                return Target(
                    chain: chainPrefix + hash("\(service.metadata.key):\(port.port)/\(network)"),
                    match: "-d \(address)/32 -p \(network) --dport \(port.port)", protocol: network,
                    endpoints: Set(endpoints).sorted())
            }
        }
    }

    /// A name for a chain, which may not be long.
    private static func hash(_ text: String) -> String {
        // FNV-1a.
        let hash = text.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 36, uppercase: true)
    }
}

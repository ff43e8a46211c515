extension Egress {
    /// As many sources, hosts, ranges, ports and references of one object are read.
    ///
    /// Hosts and ranges are in the configuration of each of the sources' pods.
    static let mostEntries = 1000

    /// As many combinations of ports, hosts and ranges, or of hosts and requests, has one object at most.
    ///
    /// Each is a cluster, a filter chain or a route of its own in the configuration of each of the sources' pods.
    public static let mostCombinations = 10_000

    /// The ports of the sidecar itself: connections to them, of whatever host, do not pass through it.
    static let sidecarPorts: Set<Int> = [15000, 15001, 15003, 15010, 15901, 15902, 15903, 15904]

    /// Sources, hosts, ranges of addresses, ports with their protocols, and references.
    public func validate() -> [Problem] {
        var list = ProblemList()
        list.check(metadata, of: Self.kind)
        if sources.isEmpty { list.add("spec.sources", "is empty: list the ServiceAccounts that may call") }
        list.checkCount(sources.count, "spec.sources", most: Self.mostEntries)
        for (index, source) in sources.prefix(Self.mostEntries).enumerated() {
            let path = "spec.sources[\(index)]"
            list.checkWord(source.kind, "\(path).kind", oneOf: ["ServiceAccount"])
            list.checkName(source.name, "\(path).name")
            if source.namespace.isEmpty {
                list.add("\(path).namespace", "is missing: write the namespace of the ServiceAccount")
            } else {
                list.checkName(source.namespace, "\(path).namespace", isLabel: true)
            }
        }
        checkHosts(&list)
        list.checkCount(ipAddresses.count, "spec.ipAddresses", most: Self.mostEntries)
        for (index, range) in ipAddresses.prefix(Self.mostEntries).enumerated() {
            list.checkRange(range, "spec.ipAddresses[\(index)]")
        }
        checkPorts(&list)
        checkCombinations(&list)
        checkReferences(&list)
        return list.problems
    }

    private func checkCombinations(_ list: inout ProblemList) {
        func count(_ spoken: PortProtocol) -> Int { ports.count { $0.portProtocol == spoken } }
        let (names, ranges) = (max(hosts.count, 1), max(ipAddresses.count, 1))
        let sum =
            count(.http) * names + count(.https) * names * ranges + (count(.tcp) + count(.tcpServerFirst)) * ranges
        guard sum > Self.mostCombinations, max(names, ranges, ports.count) <= Self.mostEntries else { return }
        list.add(
            "spec.ports",
            "with these hosts and ranges there are \(sum) combinations: write at most \(Self.mostCombinations) in one "
                + "object")
    }

    private func checkHosts(_ list: inout ProblemList) {
        if hosts.isEmpty, ports.contains(where: { $0.portProtocol == .http }) {
            list.add("spec.hosts", "is empty: list the hosts that may be called by http, `*` for every one")
        }
        list.checkCount(hosts.count, "spec.hosts", most: Self.mostEntries)
        for (index, host) in hosts.prefix(Self.mostEntries).enumerated() where !HostPattern.isValid(host) {
            list.add(
                "spec.hosts[\(index)]",
                host.isEmpty
                    ? "is empty: write the name of a host"
                    : "`\(host)` is not a host: write a name such as example.com, without scheme, port and path, "
                        + "*.example.com for every name below it, or * for every host")
        }
    }

    private func checkPorts(_ list: inout ProblemList) {
        if ports.isEmpty { list.add("spec.ports", "is empty: list the ports that may be called") }
        list.checkCount(ports.count, "spec.ports", most: Self.mostEntries)
        var first: [Int: PortProtocol] = [:]
        for (index, port) in ports.prefix(Self.mostEntries).enumerated() {
            let path = "spec.ports[\(index)]"
            list.checkPort(port.number, "\(path).number")
            if Self.sidecarPorts.contains(port.number) {
                list.add("\(path).number", "\(port.number) is a port of the sidecar, which it keeps for itself")
            }
            list.checkWord(
                port.protocolName.lowercased(), "\(path).protocol", oneOf: PortProtocol.allCases.map(\.rawValue))
            guard let spoken = port.portProtocol, spoken != .tcp else { continue }
            let earlier = first[port.number, default: spoken]
            first[port.number] = earlier
            if earlier.isInspected != spoken.isInspected {
                list.add(
                    "\(path).protocol",
                    "`\(spoken.rawValue)` and `\(earlier.rawValue)` do not go together on port \(port.number): "
                        + "who waits for the client's first bytes never sees those of a server that speaks first")
            }
        }
    }

    private func checkReferences(_ list: inout ProblemList) {
        list.checkCount(matches.count, "spec.matches", most: Self.mostEntries)
        var setting: String?
        for (index, reference) in matches.prefix(Self.mostEntries).enumerated() {
            let path = "spec.matches[\(index)]"
            switch ObjectKind(rawValue: reference.kind) {
            case .httpRouteGroup:
                list.checkWord(reference.apiGroup, "\(path).apiGroup", oneOf: [Self.routeGroupVersion])
            case .upstreamTrafficSetting:
                list.checkWord(reference.apiGroup, "\(path).apiGroup", oneOf: [Self.settingVersion])
                let earlier = setting ?? reference.name
                setting = earlier
                if earlier != reference.name {
                    list.add(path, "is a second UpstreamTrafficSetting beside `\(earlier)`: write one")
                }
            default:
                list.checkWord(reference.kind, "\(path).kind", oneOf: ["HTTPRouteGroup", "UpstreamTrafficSetting"])
            }
            list.checkName(reference.name, "\(path).name")
        }
    }
}

/// Hosts as policies write them: a name, an address, a name below which every one is meant, or `*`.
enum HostPattern {
    /// Whether a text is one, in upper or lower case.
    static func isValid(_ text: String) -> Bool {
        if text == "*" || IPAddress(text) != nil { return true }
        let name = text.hasPrefix("*.") ? text.dropFirst(2) : Substring(text)
        guard name.utf8.count <= DNSName.maximumLength else { return false }
        return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isLabel)
    }

    /// Underscores are no part of host names by the book, but of many in the field.
    private static func isLabel(_ text: Substring) -> Bool {
        let hyphen = UInt8(ascii: "-")
        guard let first = text.utf8.first, let last = text.utf8.last, first != hyphen, last != hyphen else {
            return false
        }
        return text.utf8.count <= DNSName.maximumLabelLength
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), hyphen, UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

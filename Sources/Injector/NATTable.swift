internal import MeshModel

/// The rules of one IP family in the `nat` table: what `iptables-restore` or `ip6tables-restore` reads.
struct NATTable {
    /// A rule in a chain of the kernel's own.
    ///
    /// `iptables-restore --noflush` empties the chains that its input declares, but not these, so running it again
    /// would add such a rule again.
    struct Hook {
        /// The rule with its chain, without the command that adds it.
        let rule: String
        /// Whether the rule is put before the chain's others instead of after them.
        var isFirst = false
        /// Whether the rule holds only if the pod's address is of the table's family.
        var needsPodIP = false

        var line: String { (isFirst ? "-I " : "-A ") + rule }
    }

    static let chains = ["OSM_PROXY_INBOUND", "OSM_PROXY_IN_REDIRECT", "OSM_PROXY_OUTBOUND", "OSM_PROXY_OUT_REDIRECT"]
    /// The most ports that one `multiport` match takes (`XT_MULTI_PORTS` of Linux).
    static let portsPerMatch = 15

    let family: IPAddress.Family
    let settings: RedirectionSettings

    var tool: String { family == .v4 ? "iptables" : "ip6tables" }
    private var loopback: String { family == .v4 ? "127.0.0.1/32" : "::1/128" }

    /// The rules of the kernel's own chains, in the order in which they are added.
    var hooks: [Hook] {
        var hooks = [
            Hook(rule: "PREROUTING -p tcp -j OSM_PROXY_INBOUND"), Hook(rule: "OUTPUT -p tcp -j OSM_PROXY_OUTBOUND"),
        ]
        if settings.reachesApplicationAtPodIP {
            // Envoy also reads its own metrics over the loopback address: they are not the application's.
            hooks.append(
                Hook(
                    rule: "OUTPUT -p tcp -o lo -d \(loopback) ! --dport \(ProxyPorts.admin) "
                        + "-m owner --uid-owner \(ProxyPorts.userID) -j DNAT --to-destination $POD_IP",
                    isFirst: true, needsPodIP: true))
        }
        return hooks
    }

    /// The input of the restore command, with its hooks written as the caller wants them.
    func restoreInput(hookLine: (Hook) -> String) -> String {
        let declarations = NATTable.chains.map { ":\($0) - [0:0]" }
        let lines = ["*nat"] + declarations + inbound + outbound + hooks.map(hookLine) + ["COMMIT"]
        return lines.map { $0 + "\n" }.joined()
    }

    private var inbound: [String] {
        var rules = ["-A OSM_PROXY_IN_REDIRECT -p tcp -j REDIRECT --to-port \(ProxyPorts.inbound)"]
        rules += matches(settings.excludedInboundPorts).map { "-A OSM_PROXY_INBOUND \($0) -j RETURN" }
        rules += settings.excludedInterfaces.map { "-A OSM_PROXY_INBOUND -i \($0) -j RETURN" }
        rules += ProxyPorts.inboundExempt.map { "-A OSM_PROXY_INBOUND -p tcp --dport \($0) -j RETURN" }
        rules.append("-A OSM_PROXY_INBOUND -p tcp -j OSM_PROXY_IN_REDIRECT")
        return rules
    }

    private var outbound: [String] {
        let envoy = "-m owner --uid-owner \(ProxyPorts.userID)"
        let notEnvoy = "-m owner ! --uid-owner \(ProxyPorts.userID)"
        var rules = [
            "-A OSM_PROXY_OUT_REDIRECT -p tcp -j REDIRECT --to-port \(ProxyPorts.outbound)",
            // Envoy calls a service that this very pod serves: through the inbound listener, like everyone.
            "-A OSM_PROXY_OUTBOUND -o lo ! -d \(loopback) \(envoy) -j OSM_PROXY_IN_REDIRECT",
            "-A OSM_PROXY_OUTBOUND -o lo \(notEnvoy) -j RETURN",
            "-A OSM_PROXY_OUTBOUND \(envoy) -j RETURN",
            "-A OSM_PROXY_OUTBOUND -d \(loopback) -j RETURN",
        ]
        rules += matches(ProxyPorts.outboundExempt).map { "-A OSM_PROXY_OUTBOUND \($0) -j RETURN" }
        rules += settings.excludedInterfaces.map { "-A OSM_PROXY_OUTBOUND -o \($0) -j RETURN" }
        rules += own(settings.excludedOutboundRanges).map { "-A OSM_PROXY_OUTBOUND -d \($0) -j RETURN" }
        rules += matches(settings.excludedOutboundPorts).map { "-A OSM_PROXY_OUTBOUND \($0) -j RETURN" }
        // A list with ranges of the other family only still means: nothing else is redirected.
        if settings.includedOutboundRanges.isEmpty {
            rules.append("-A OSM_PROXY_OUTBOUND -j OSM_PROXY_OUT_REDIRECT")
        } else {
            rules += own(settings.includedOutboundRanges).map {
                "-A OSM_PROXY_OUTBOUND -d \($0) -j OSM_PROXY_OUT_REDIRECT"
            }
            rules.append("-A OSM_PROXY_OUTBOUND -j RETURN")
        }
        return rules
    }

    private func own(_ ranges: [IPRange]) -> [IPRange] { ranges.filter { $0.address.family == family } }

    private func matches(_ ports: [UInt16]) -> [String] {
        stride(from: 0, to: ports.count, by: NATTable.portsPerMatch).map { start in
            let part = ports[start..<min(start + NATTable.portsPerMatch, ports.count)]
            return "-p tcp --match multiport --dports " + part.map(String.init).joined(separator: ",")
        }
    }
}

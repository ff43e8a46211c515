import MeshModel
import MeshPolicy

/// The hosts of several policies: a request is allowed by any of them, the oldest setting of a host holds.
///
/// A proxy takes the closest name and never looks at another one, so each name has what all patterns around it allow.
struct EgressHosts {
    private struct Rule {
        let names: [String]
        /// `nil` for every request.
        let matches: [HTTPMatch]?
        let setting: ObjectName?
    }

    private var rules: [Rule] = []

    /// Adds a policy that is younger than those before.
    mutating func add(_ policy: Egress, matches: [HTTPMatch]?) {
        rules.append(Rule(names: policy.hostNames, matches: matches, setting: policy.trafficSetting))
    }

    /// Sorted by name; `nil` without a policy.
    var result: [EgressPort.Host]? {
        guard !rules.isEmpty else { return nil }
        return Set(rules.flatMap(\.names)).sorted().map { name in
            let own = rules.filter { rule in rule.names.contains { Self.pattern($0, covers: name) } }
            var matches: [HTTPMatch]? = []
            var seen: Set<HTTPMatch> = []
            for rule in own {
                guard let allowed = rule.matches else {
                    matches = nil
                    break
                }
                for match in allowed where seen.insert(match).inserted { matches?.append(match) }
            }
            // A wider pattern has nothing to say about how this very host is connected to.
            let setting = own.first { $0.setting != nil && $0.names.contains(name) }?.setting
            return EgressPort.Host(name: name, matches: matches, setting: setting)
        }
    }

    /// Whether every host that a name stands for is one of those that a pattern stands for.
    private static func pattern(_ pattern: String, covers name: String) -> Bool {
        pattern == name || pattern == "*" || (pattern.hasPrefix("*.") && name.hasSuffix(pattern.dropFirst()))
    }
}

/// The destinations of several policies.
///
/// A proxy takes the zone of the longest prefix and never looks at another one, so each zone has what all ranges
/// around it allow.
struct EgressZones {
    private struct Rule {
        /// Empty for every address.
        let ranges: [IPRange]
        /// `nil` for every connection.
        let servers: [String]?
        let connections: EgressPort.Connections

        func holds(in zone: IPRange?) -> Bool {
            guard !ranges.isEmpty else { return true }
            guard let zone else { return false }
            return ranges.contains { $0.contains(zone) }
        }
    }

    private var rules: [Rule] = []

    /// Adds what a policy says that is younger than those before.
    ///
    /// - Parameters:
    ///   - ranges: The destinations; empty for all.
    ///   - servers: The servers, by TLS; `nil` for connections of any kind.
    ///   - connections: How they go on.
    mutating func add(_ ranges: [IPRange], servers: [String]?, _ connections: EgressPort.Connections) {
        rules.append(Rule(ranges: ranges, servers: servers, connections: connections))
    }

    /// Sorted by range, that of all addresses first.
    var result: [EgressPort.Zone] {
        let ranges = Set(rules.flatMap(\.ranges))
        let everywhere = ["0.0.0.0/0", "::/0"].compactMap { IPRange($0) }
        // Two spellings of every address are two answers to one question: only one of them is used.
        let zones: [IPRange?] =
            ranges.isDisjoint(with: everywhere)
            ? [nil] + ranges.sorted() : ranges.union(everywhere).sorted()
        return zones.map { zone in
            var servers: [String: EgressPort.Connections] = [:]
            var connections: EgressPort.Connections?
            for rule in rules where rule.holds(in: zone) {
                // The oldest that says how holds, not one that says nothing of it.
                if let names = rule.servers {
                    for name in names where servers[name]?.setting == nil { servers[name] = rule.connections }
                } else if connections?.setting == nil {
                    connections = rule.connections
                }
            }
            return EgressPort.Zone(
                range: zone,
                servers: servers.sorted { $0.key < $1.key }.map { .init(name: $0.key, connections: $0.value) },
                connections: connections)
        }
    }
}

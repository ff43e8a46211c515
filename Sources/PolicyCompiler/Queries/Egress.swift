public import Incremental
import MeshModel
public import MeshPolicy

/// The Egress policies that hold for an identity: the oldest first.
enum EgressesInForce: MeshQuery {
    static func evaluate(_ identity: ServiceIdentity, _ mesh: MeshReader) -> [Egress] {
        mesh(\.egressesBySource, identity).compactMap(\.valid)
            .filter { mesh(NamespaceMode.self, $0.namespace) != .outside }
            .sorted { $0.metadata.seniority < $1.metadata.seniority }
    }
}

/// The ports that Egress policies open for an identity: sorted, without duplicates.
enum EgressPorts: MeshQuery {
    static func evaluate(_ identity: ServiceIdentity, _ mesh: MeshReader) -> [UInt16] {
        let numbers = mesh(EgressesInForce.self, identity).flatMap(\.ports).map(\.number)
        return Set(numbers.compactMap(UInt16.init(exactly:))).sorted()
    }
}

/// A port outside of the mesh, of an identity.
struct IdentityPort: Hashable, Sendable {
    let identity: ServiceIdentity
    let port: UInt16
}

/// Who decides whether the first bytes of clients are awaited on a port; `nil` if nobody minds.
///
/// A port cannot be both: on one where they are awaited, a server that speaks first is never heard. The oldest policy
/// decides; the others' protocols of the other kind do nothing there.
enum EgressInspection: MeshQuery {
    struct Decision: Equatable, Sendable {
        /// The policy that decides.
        let policy: ObjectName
        /// The protocol by which it does.
        let portProtocol: Egress.PortProtocol

        /// Whether a protocol goes with the decision.
        func admits(_ other: Egress.PortProtocol) -> Bool {
            other == .tcp || other.isInspected == portProtocol.isInspected
        }
    }

    static func evaluate(_ key: IdentityPort, _ mesh: MeshReader) -> Decision? {
        for policy in mesh(EgressesInForce.self, key.identity) {
            // Of one valid policy all protocols of a port go together.
            let decisive = policy.protocols(on: key.port).first { $0 != .tcp }
            if let decisive { return Decision(policy: policy.name, portProtocol: decisive) }
        }
        return nil
    }
}

extension Egress {
    /// What is spoken on a port: in the order of the spec.
    func protocols(on port: UInt16) -> [PortProtocol] {
        ports.filter { $0.number == Int(port) }.compactMap(\.portProtocol)
    }
}

/// What Egress policies say of a port for an identity, whatever the proxy.
enum EgressPortRules: MeshQuery {
    struct Rules: Equatable, Sendable {
        /// As ``EgressPort/hosts``.
        let hosts: [EgressPort.Host]?
        /// As ``EgressPort/zones``.
        let zones: [EgressPort.Zone]

        /// The UpstreamTrafficSettings by which hosts and addresses are connected to.
        var settings: Set<ObjectName> {
            let connections = zones.flatMap { $0.servers.map(\.connections) + [$0.connections].compactMap(\.self) }
            return Set((hosts ?? []).compactMap(\.setting) + connections.compactMap(\.setting))
        }
    }

    static func evaluate(_ key: IdentityPort, _ mesh: MeshReader) -> Rules {
        let decision = mesh(EgressInspection.self, key)
        var hosts = EgressHosts()
        var zones = EgressZones()
        for policy in mesh(EgressesInForce.self, key.identity) {
            for spoken in Set(policy.protocols(on: key.port)) where decision?.admits(spoken) != false {
                let connections = EgressPort.Connections(setting: policy.trafficSetting)
                switch spoken {
                case .http: hosts.add(policy, matches: requests(of: policy, mesh))
                case .https:
                    let names = policy.hostNames
                    zones.add(
                        policy.ranges, servers: names.isEmpty || names.contains("*") ? ["*"] : names, connections)
                case .tcp, .tcpServerFirst: zones.add(policy.ranges, servers: nil, connections)
                }
            }
        }
        return Rules(hosts: hosts.result, zones: zones.result)
    }

    /// The requests that a policy means; `nil` for all of them.
    ///
    /// A group that is not there means none.
    private static func requests(of policy: Egress, _ mesh: MeshReader) -> [HTTPMatch]? {
        guard !policy.routeGroups.isEmpty else { return nil }
        let matches = EgressRequests.matches(of: policy, mesh)
        // That is told as a reference that cannot be used.
        return EgressRequests.isTooMuch(matches.count, of: policy) ? [] : matches
    }
}

/// The requests that the HTTPRouteGroups of a policy select.
enum EgressRequests {
    /// Those of all groups, each once, in the order of the groups.
    static func matches(of policy: Egress, _ mesh: MeshReader) -> [HTTPMatch] {
        var seen: Set<HTTPMatch> = []
        return policy.routeGroups.flatMap { mesh(GroupMatches.self, $0) ?? [] }.map(\.match)
            .filter { seen.insert($0).inserted }
    }

    /// Whether so many requests of each host are more routes than one object may have.
    static func isTooMuch(_ matches: Int, of policy: Egress) -> Bool {
        matches * policy.hosts.count > Egress.mostCombinations
    }
}

/// What an UpstreamTrafficSetting says of hosts outside of the mesh; `nil` if there is no valid one.
///
/// Only its connection settings count: the rest speaks of a service's pods.
enum EgressSetting: MeshQuery {
    static func evaluate(_ name: ObjectName, _ mesh: MeshReader) -> EgressPort.Settings? {
        guard let setting = mesh(\.upstreamTrafficSettingByName, name).first?.valid else { return nil }
        var connections = UpstreamTrafficSetting(metadata: setting.metadata, host: setting.host)
        connections.connectionSettings = setting.connectionSettings
        return EgressPort.Settings(
            upstream: UpstreamSettings(connections),
            requestTimeout: setting.connectionSettings?.http?.requestTimeout?.limit,
            idleTimeout: setting.connectionSettings?.tcp?.idleTimeout?.limit)
    }
}

/// What the proxies of a key do on a port outside of the mesh; `nil` if no policy opens it.
public enum EgressPortQuery: MeshQuery {
    /// The value for a key.
    public static func evaluate(_ key: EgressPortKey, _ mesh: MeshReader) -> EgressPort? {
        let identity = key.proxies.identity
        guard mesh(EgressPorts.self, identity).contains(key.port) else { return nil }
        let rules = mesh(EgressPortRules.self, IdentityPort(identity: identity, port: key.port))
        var settings: [ObjectName: EgressPort.Settings] = [:]
        for name in rules.settings { settings[name] = mesh(EgressSetting.self, name) }
        return EgressPort(
            key: key, isPassthrough: mesh(IsEgressPassthrough.self, .one), hosts: rules.hosts, zones: rules.zones,
            settings: settings, observation: mesh(ObservationQuery.self, key.proxies.telemetry))
    }
}

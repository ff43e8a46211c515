import Incremental
import MeshModel
import MeshPolicy

extension DiagnosisQuery {
    /// What is to say about an object of the kind Egress.
    static func egress(_ name: ObjectName, _ mesh: MeshReader) -> Diagnosis? {
        guard let row = mesh(\.egressByName, name).first else { return nil }
        guard let policy = row.valid else { return Diagnosis(refusals: row.problems) }
        let isInMesh = mesh(NamespaceMode.self, policy.namespace) != .outside
        let conflicts = EgressConflicts.ports(of: policy, mesh) + EgressConflicts.settings(of: policy, mesh)
        return Diagnosis(
            refusals: isInMesh ? conflicts : [],
            unresolved: EgressReferences.unresolved(policy, mesh))
    }
}

/// What older policies of the same sources decide otherwise.
private enum EgressConflicts {
    static func ports(of policy: Egress, _ mesh: MeshReader) -> [Problem] {
        policy.ports.enumerated().compactMap { index, port in
            guard let number = UInt16(exactly: port.number), let spoken = port.portProtocol else { return nil }
            for identity in policy.sourceIdentities {
                let key = IdentityPort(identity: identity, port: number)
                guard let decision = mesh(EgressInspection.self, key), !decision.admits(spoken) else { continue }
                return Problem(
                    path: "spec.ports[\(index)].protocol",
                    message: "the older Egress \(decision.policy) opens port \(number) for \(identity) as "
                        + "\(decision.portProtocol.rawValue); as \(spoken.rawValue) it does nothing there: "
                        + "a port either waits for the client's first bytes or for the server's")
            }
            return nil
        }
    }

    static func settings(of policy: Egress, _ mesh: MeshReader) -> [Problem] {
        guard let setting = policy.trafficSetting,
            let index = policy.matches.firstIndex(where: { $0.objectKind == .upstreamTrafficSetting })
        else { return [] }
        let numbers = Set(policy.ports.compactMap { UInt16(exactly: $0.number) }).sorted()
        let names = Set(policy.hostNames)
        for identity in policy.sourceIdentities {
            for number in numbers {
                let rules = mesh(EgressPortRules.self, IdentityPort(identity: identity, port: number))
                let spoken = Set(policy.protocols(on: number))
                let hosts = spoken.contains(.http) ? rules.hosts(named: names) : []
                let others = (hosts + rules.connections(policy, spoken, names)).first { $0.setting != setting }
                guard let others else { continue }
                return [
                    Problem(
                        path: "spec.matches[\(index)]",
                        message: "an older Egress connects \(identity) to \(others.place):\(number) by the "
                            + "UpstreamTrafficSetting \(others.setting), which holds there")
                ]
            }
        }
        return []
    }
}

extension EgressPortRules.Rules {
    /// A place that is connected to by a setting.
    fileprivate typealias Settled = (place: String, setting: ObjectName)

    /// The hosts of some names.
    fileprivate func hosts(named names: Set<String>) -> [Settled] {
        (hosts ?? []).compactMap { host in
            names.contains(host.name) ? host.setting.map { (host.name, $0) } : nil
        }
    }

    /// What a policy's own ranges and server names lead to.
    fileprivate func connections(
        _ policy: Egress, _ spoken: Set<Egress.PortProtocol>, _ names: Set<String>
    ) -> [Settled] {
        let ranges = Set(policy.ranges)
        let isOpen = !spoken.isDisjoint(with: [.tcp, .tcpServerFirst])
        let servers = names.isEmpty || names.contains("*") ? ["*"] : names
        return zones.filter { zone in zone.range.map(ranges.contains) ?? ranges.isEmpty }.flatMap { zone in
            let place = zone.range?.description ?? "every address"
            let own = spoken.contains(.https) ? zone.servers.filter { servers.contains($0.name) } : []
            return own.compactMap { server in server.connections.setting.map { ("\(server.name) at \(place)", $0) } }
                + (isOpen ? [zone.connections?.setting].compactMap { $0.map { (place, $0) } } : [])
        }
    }
}

/// What a policy names that is not there or has no effect.
private enum EgressReferences {
    static func unresolved(_ policy: Egress, _ mesh: MeshReader) -> [Problem] {
        sources(policy, mesh) + fields(policy) + references(policy, mesh)
    }

    private static func sources(_ policy: Egress, _ mesh: MeshReader) -> [Problem] {
        policy.sources.enumerated().compactMap { index, source in
            guard mesh(NamespaceMode.self, source.namespace) == .outside else { return nil }
            return Problem(
                path: "spec.sources[\(index)].namespace",
                message: "namespace \(source.namespace) is not in the mesh, so no workload in it has a sidecar that "
                    + "could allow anything")
        }
    }

    /// Fields that mean nothing with the ports that there are.
    private static func fields(_ policy: Egress) -> [Problem] {
        let spoken = Set(policy.ports.compactMap(\.portProtocol))
        var problems: [Problem] = []
        if !policy.hosts.isEmpty, spoken.isDisjoint(with: [.http, .https]) {
            let reach = policy.ipAddresses.isEmpty ? "every address" : "every host in ipAddresses"
            problems.append(
                Problem(
                    path: "spec.hosts",
                    message: "hosts cannot be told apart on a port of bytes: \(reach) may be called; "
                        + "write the hosts' addresses into ipAddresses"))
        }
        if spoken.contains(.https), !spoken.contains(.http),
            let index = policy.hosts.firstIndex(where: { IPAddress($0) != nil })
        {
            problems.append(
                Problem(
                    path: "spec.hosts[\(index)]",
                    message: "clients name no address in TLS, so that \(policy.hosts[index]) allows nothing: write it "
                        + "into ipAddresses as a range"))
        }
        if !policy.ipAddresses.isEmpty, spoken == [.http] {
            problems.append(
                Problem(
                    path: "spec.ipAddresses",
                    message: "requests go to their host wherever it is: addresses mean nothing on an http port"))
        }
        return problems
    }

    private static func references(_ policy: Egress, _ mesh: MeshReader) -> [Problem] {
        let hasHTTP = policy.ports.contains { $0.portProtocol == .http }
        return policy.matches.enumerated().compactMap { index, reference in
            let name = ObjectName(namespace: policy.namespace, name: reference.name)
            let message: String
            switch reference.objectKind {
            case .httpRouteGroup where !hasHTTP:
                message = "HTTPRouteGroup \(name) selects requests, but no port is http: connections are not told apart"
            case .httpRouteGroup where mesh(GroupMatches.self, name) != nil:
                let count = EgressRequests.matches(of: policy, mesh).count
                guard EgressRequests.isTooMuch(count, of: policy) else { return nil }
                message =
                    "\(count) requests of \(policy.hosts.count) hosts are more than \(Egress.mostCombinations) routes, "
                    + "so none is allowed: write fewer hosts in one object"
            case .httpRouteGroup:
                message = "there is no valid HTTPRouteGroup \(name); it allows no request"
            case .upstreamTrafficSetting:
                guard let setting = mesh(\.upstreamTrafficSettingByName, name).first?.valid else {
                    return Problem(
                        path: "spec.matches[\(index)].name",
                        message: "there is no valid UpstreamTrafficSetting \(name); hosts are connected to without it")
                }
                guard setting.connectionSettings == nil else { return nil }
                message = "UpstreamTrafficSetting \(name) has no connectionSettings, the only part that an Egress uses"
            default: return nil
            }
            return Problem(path: "spec.matches[\(index)].name", message: message)
        }
    }
}

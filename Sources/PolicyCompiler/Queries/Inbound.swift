public import Incremental
import MeshModel
public import MeshPolicy

/// Who may call a port of an identity, and how (semantics section 1).
enum AuthorizationQuery: MeshQuery {
    struct Key: Hashable, Sendable {
        let identity: ServiceIdentity
        let port: UInt16
        let wireProtocol: WireProtocol
    }

    static func evaluate(_ key: Key, _ mesh: MeshReader) -> Authorization {
        switch mesh(NamespaceMode.self, key.identity.namespace) {
        case .permissive: return .anyPeer
        case .outside: return .policies([])
        case .smi: break
        }
        let allowed = mesh(\.targetsByDestination, key.identity).flatMap { row -> [AuthorizationPolicy] in
            guard let rules = mesh(TargetRules.self, row.id) else { return [] }
            return policies(of: row.object, rules, key, mesh)
        }
        return .policies(allowed.sorted { $0.name < $1.name })
    }

    private static func policies(
        of target: TrafficTarget, _ rules: TargetRules.Rules, _ key: Key, _ mesh: MeshReader
    ) -> [AuthorizationPolicy] {
        func policy(_ route: String, _ matches: [HTTPMatch]) -> AuthorizationPolicy {
            AuthorizationPolicy(
                name: "\(target.name)/\(route)", origin: target.key, principals: target.sourceIdentities,
                matches: matches)
        }
        switch key.wireProtocol {
        case .http:
            guard rules.httpPorts?.contains(key.port) != false else { return [] }
            return rules.http.map { policy($0.name, $0.matches) }
        case .tcp:
            return target.rules.filter { $0.routeKind == .tcpRoute }.map(\.name).uniqued().compactMap { name in
                let route = ObjectName(namespace: target.namespace, name: name)
                guard let ports = mesh(\.tcpRouteByName, route).first?.valid?.ports,
                    ports.isEmpty || ports.contains(Int(key.port))
                else { return nil }
                return policy(name, [.any])
            }
        }
    }
}

extension Array where Element: Hashable {
    /// The elements, each at its first place only.
    fileprivate func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}

/// What the proxies of a key do with connections to their pods.
public enum InboundPolicyQuery: MeshQuery {
    /// The value for a key.
    public static func evaluate(_ key: InboundKey, _ mesh: MeshReader) -> InboundPolicy? {
        var services: [UInt16: [ObjectName]] = [:]
        for target in key.targets { services[target.targetPort, default: []].append(target.service) }
        let ports = services.sorted { $0.key < $1.key }.compactMap { number, services in
            port(number, services.sorted(), of: key.identity, mesh)
        }
        let hasTCP = ports.contains { $0.tcp != nil }
        return InboundPolicy(
            key: key, ports: ports, trustDomains: mesh(ClientTrustDomains.self, .one), tls: mesh(MeshTLS.self, .one),
            roots: hasTCP ? mesh(RootsQuery.self, .one) : nil,
            observation: mesh(ObservationQuery.self, key.telemetry))
    }

    /// A port of the pods; `nil` if none of the services leads there.
    private static func port(
        _ number: UInt16, _ names: [ObjectName], of identity: ServiceIdentity, _ mesh: MeshReader
    ) -> InboundPort? {
        var aged: [(seniority: Seniority, service: InboundPort.Service)] = []
        for name in names {
            guard let facts = mesh(MeshService.self, name),
                let port = facts.ports.first(where: { $0.targetPorts.contains(number) })
            else { continue }
            let service = InboundPort.Service(
                name: name, wireProtocol: port.wireProtocol,
                limits: mesh(EntranceLimitsQuery.self, ServiceTargetPort(service: name, targetPort: number)))
            aged.append((facts.seniority, service))
        }
        let services = aged.map(\.service)
        aged.sort { $0.seniority < $1.seniority }
        guard let eldest = aged.first else { return nil }
        func authorization(_ wireProtocol: WireProtocol) -> Authorization? {
            guard services.contains(where: { $0.wireProtocol == wireProtocol }) else { return nil }
            return mesh(
                AuthorizationQuery.self, .init(identity: identity, port: number, wireProtocol: wireProtocol))
        }
        let ingress = aged.compactMap { entry in
            mesh(IngressAccessQuery.self, ServiceTargetPort(service: entry.service.name, targetPort: number))
                .map { (access: $0, limits: entry.service.limits) }
        }
        return InboundPort(
            port: number, wireProtocol: eldest.service.wireProtocol, services: services, http: authorization(.http),
            tcp: authorization(.tcp), ingress: ingress.map(\.access).sorted { $0.name < $1.name },
            limits: eldest.service.limits, ingressLimits: ingress.first?.limits ?? .none)
    }
}

/// What becomes of a proxy's outbound connections that match no listener of the mesh.
public enum EgressPolicyQuery: MeshQuery {
    /// The value for a key.
    public static func evaluate(_ key: CatchAllKey, _ mesh: MeshReader) -> EgressPolicy? {
        EgressPolicy(
            key: key, isPassthrough: mesh(IsEgressPassthrough.self, .one),
            demandRanges: key.isLazy ? mesh(DemandRanges.self, .one) : [])
    }
}

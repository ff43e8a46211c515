import Incremental
import MeshModel
import MeshPolicy

/// What of a setting that holds for a service has no effect on its clients, or not the one that was meant.
enum OutboundSettingReferences {
    static func unresolved(
        _ setting: UpstreamTrafficSetting, of service: ObjectName, _ mesh: MeshReader
    ) -> [Problem] {
        guard let facts = mesh(MeshService.self, service) else { return [] }
        return withoutPort(setting, of: service, facts) + healthCheck(setting, of: service, facts, mesh)
            + hash(setting, of: service, facts, mesh)
    }

    /// What is about a protocol that no port of the service has.
    private static func withoutPort(
        _ setting: UpstreamTrafficSetting, of service: ObjectName, _ facts: MeshService.Facts
    ) -> [Problem] {
        let hash = setting.loadBalancing?.hash
        let http = setting.connectionSettings?.http
        let ofHTTP = [
            ("spec.connectionSettings.http", http != nil), ("spec.retryBudget", setting.retryBudget != nil),
            ("spec.loadBalancing.hash", hash?.header != nil || hash?.cookie != nil),
        ]
        let ofTCP = [
            ("spec.connectionSettings.tcp.idleTimeout", setting.connectionSettings?.tcp?.idleTimeout?.limit != nil)
        ]
        func missing(_ wireProtocol: WireProtocol) -> Bool { !facts.ports.contains { $0.wireProtocol == wireProtocol } }
        var problems: [Problem] = []
        if missing(.http) {
            let message = "is about requests, but no port of the Service \(service) is HTTP"
            problems += ofHTTP.filter(\.1).map { Problem(path: $0.0, message: message) }
        }
        if missing(.tcp) {
            let message = "is about TCP connections, but every port of the Service \(service) is HTTP"
            problems += ofTCP.filter(\.1).map { Problem(path: $0.0, message: message) }
        }
        return problems
    }

    // MARK: Health checks

    /// A check that no client can pass would put out every pod.
    private static func healthCheck(
        _ setting: UpstreamTrafficSetting, of service: ObjectName, _ facts: MeshService.Facts, _ mesh: MeshReader
    ) -> [Problem] {
        guard let check = setting.healthCheck else { return [] }
        let identities = Set(
            facts.ports.compactMap(\.representative).flatMap { port in
                mesh(UpstreamMembers.self, ServiceTargetPort(service: service, targetPort: port)).map(\.identity)
            }
        ).sorted()
        let ports = check.port.flatMap(UInt16.init(exactly:)).map { [$0] } ?? facts.ports.flatMap(\.targetPorts)
        if let port = check.port.flatMap(UInt16.init(exactly:)), !leads(to: port, of: identities, mesh) {
            let message =
                "no Service of the mesh leads to port \(port) of these pods, so their proxies refuse the checks"
            return [Problem(path: "spec.healthCheck.port", message: message)]
        }
        guard let path = check.path, mesh(NamespaceMode.self, service.namespace) == .smi else { return [] }
        for identity in identities {
            if let client = refused(path, ports, of: identity, at: service, mesh) {
                let message =
                    "\(client) may call \(identity), but not GET \(path): its checks are refused, and put out every pod; "
                    + "allow the path in a TrafficTarget"
                return [Problem(path: "spec.healthCheck.path", message: message)]
            }
        }
        return []
    }

    /// Whether some service that selects pods of an identity leads to a port; also if there are no pods.
    private static func leads(to port: UInt16, of identities: [ServiceIdentity], _ mesh: MeshReader) -> Bool {
        identities.isEmpty
            || identities.contains { identity in
                mesh(IdentityServices.self, identity).contains { service in
                    mesh(MeshService.self, service)?.ports.contains { $0.targetPorts.contains(port) } == true
                }
            }
    }

    /// The first client that may call an identity over HTTP, but may not get a path.
    private static func refused(
        _ path: String, _ ports: [UInt16], of identity: ServiceIdentity, at service: ObjectName, _ mesh: MeshReader
    ) -> ServiceIdentity? {
        for port in Set(ports).sorted() {
            let key = AuthorizationQuery.Key(identity: identity, port: port, wireProtocol: .http)
            guard case .policies(let policies) = mesh(AuthorizationQuery.self, key) else { continue }
            for client in Set(policies.flatMap(\.principals)).sorted() {
                let isAllowed = policies.contains { policy in
                    policy.principals.contains(client)
                        && policy.matches.contains { $0.mayAllow(path, host: MeshNames.serverName(of: service)) }
                }
                if !isAllowed { return client }
            }
        }
        return nil
    }

    // MARK: Hashes

    /// A route has one hash for all its backends.
    private static func hash(
        _ setting: UpstreamTrafficSetting, of service: ObjectName, _ facts: MeshService.Facts, _ mesh: MeshReader
    ) -> [Problem] {
        guard let own = mesh(ServiceHash.self, service) else { return [] }
        for apex in mesh(ApexesOfBackend.self, service) where apex != service {
            for port in facts.ports where port.wireProtocol == .http {
                let route = mesh(OutboundRouteQuery.self, RouteKey(port: ServicePort(service: apex, port: port.port)))
                let rules = route?.rules.filter { rule in
                    rule.backends.contains { $0.upstream.target.service == service }
                }
                guard rules?.contains(where: { $0.hash != own }) == true else { continue }
                let message =
                    "requests to \(apex) have the hash of another of its backends: give all backends of a split the same"
                return [Problem(path: "spec.loadBalancing.hash", message: message)]
            }
        }
        return []
    }
}

extension HTTPMatch {
    /// Whether a probe of a path may fit; what cannot be told without a proxy may.
    fileprivate func mayAllow(_ path: String, host: String) -> Bool {
        let route = String(path.prefix { $0 != "?" })
        let fitsPath = pathRegex.map { RegularExpression.matches($0, route) != false } ?? true
        let fitsMethod = methods.isEmpty || methods.contains("GET")
        // A probe has no header that an application would know.
        let fitsHeaders = headers.allSatisfy { header in
            header.name == ":authority" && RegularExpression.matches(header.regex, host) != false
        }
        return fitsPath && fitsMethod && fitsHeaders
    }
}

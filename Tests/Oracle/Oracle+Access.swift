package import MeshModel

/// Who may call what (section 1), and what a client reaches (section 3).
extension Oracle {
    /// What a server's proxy says to a request.
    package enum Verdict: Hashable {
        /// The pod has no such port in the mesh.
        case notServed
        case refused
        /// Permissive mode.
        case anyPeer
        /// By these policies, `<namespace>/<TrafficTarget>/<route object>`.
        case allowed(by: Set<String>)
    }

    /// What the proxy of a pod says to a request for a port of it; `nil` as client has no certificate.
    ///
    /// - Parameter service: The service whose name the client gives in TLS; `nil` for none of them.
    package func verdict(
        client: ServiceIdentity?, server: Pod, port: UInt16, through service: ObjectName? = nil, _ request: Request
    ) -> Verdict {
        guard let isHTTP = isHTTP(port, of: server, through: service) else { return .notServed }
        guard let client else { return .refused }
        switch mode(of: server.metadata.namespace) {
        case .outside: return .refused
        case .permissive: return .anyPeer
        case .smi: break
        }
        var policies: Set<String> = []
        for target in targets(from: client, to: identity(of: server)) {
            for (route, matches) in allowed(by: target, isHTTP: isHTTP, port: port)
            where matches.contains(where: { isHTTP ? Self.matches($0, request) : true }) {
                policies.insert("\(target.metadata.namespace)/\(target.metadata.name)/\(route)")
            }
        }
        return policies.isEmpty ? .refused : .allowed(by: policies)
    }

    /// How a port of a pod is read, as the named service says if it leads there, else as the oldest that does; `nil` if
    /// none does.
    package func isHTTP(_ number: UInt16, of pod: Pod, through name: ObjectName?) -> Bool? {
        let leading = objects.services.values.filter { leads($0, to: number, of: pod) }
        guard let service = leading.first(where: { $0.name == name }) ?? oldest(leading) else { return nil }
        let ports = ports(of: service.name) ?? []
        // Pods may differ in what a port's name stands for: a port that leads there in any of them counts.
        return (ports.first { $0.targets.contains(number) } ?? ports.first { leads($0, to: number, of: pod) })?.isHTTP
    }

    /// Whether a service of the mesh leads to a port of a pod that it selects.
    package func leads(_ service: Service, to number: UInt16, of pod: Pod) -> Bool {
        selects(service, pod) && ports(of: service.name)?.contains { leads($0, to: number, of: pod) } == true
    }

    private func leads(_ port: Port, to number: UInt16, of pod: Pod) -> Bool {
        if case .name(let name) = port.port.targetPort {
            let own = pod.ports.filter { $0.name == name }.map(\.port)
            if !own.isEmpty { return own.contains(number) }
        }
        return port.targets.contains(number)
    }

    package func selects(_ service: Service, _ pod: Pod) -> Bool {
        service.metadata.namespace == pod.metadata.namespace && !service.selector.isEmpty
            && service.selector.allSatisfy { pod.metadata.labels[$0.key] == $0.value }
    }

    // MARK: TrafficTargets

    private func targets(from client: ServiceIdentity, to destination: ServiceIdentity) -> [TrafficTarget] {
        objects.targets.values.filter { target in
            func identity(_ subject: TrafficTarget.Subject) -> ServiceIdentity {
                ServiceIdentity(namespace: subject.namespace ?? target.metadata.namespace, serviceAccount: subject.name)
            }
            return target.destination.map(identity) == destination && target.sources.map(identity).contains(client)
        }
    }

    /// What a target allows on a port, by the object that each rule refers to; for TCP one match stands for all.
    private func allowed(
        by target: TrafficTarget, isHTTP: Bool, port: UInt16
    ) -> [(route: String, matches: [HTTPRouteGroup.Match])] {
        let tcpRules = target.rules.filter { $0.kind == "TCPRoute" }
        let tcpRoutes = tcpRules.map { tcpRoute(named: $0.name, of: target) }
        func isListed(_ route: TCPRoute?) -> Bool {
            guard let route else { return false }
            return route.ports.isEmpty || route.ports.contains(Int(port))
        }
        if !isHTTP {
            return zip(tcpRules, tcpRoutes).filter { isListed($1) }.map { rule, _ in (rule.name, [.init(name: "all")]) }
        }
        if !tcpRules.isEmpty {
            // The matches hold on the listed ports; a list that is missing leaves nobody knows which.
            guard !tcpRoutes.contains(nil), tcpRoutes.contains(where: isListed) else { return [] }
        }
        return target.rules.filter { $0.kind == "HTTPRouteGroup" }.map { rule in
            let matches = matches(ofGroup: rule.name, in: target.metadata.namespace) ?? []
            guard let names = rule.matches, !names.isEmpty else { return (rule.name, matches) }
            return (rule.name, matches.filter { names.contains($0.name) })
        }
    }

    private func tcpRoute(named name: String, of target: TrafficTarget) -> TCPRoute? {
        objects.tcpRoutes[ObjectName(namespace: target.metadata.namespace, name: name)]
    }

    /// The matches of a group; `nil` if there is none.
    package func matches(ofGroup name: String, in namespace: String) -> [HTTPRouteGroup.Match]? {
        objects.groups[ObjectName(namespace: namespace, name: name)]?.matches
    }

    /// Whether a request is one that a match describes.
    package static func matches(_ match: HTTPRouteGroup.Match, _ request: Request) -> Bool {
        if let path = match.pathRegex, !path.isEmpty,
            KnownExpressions.matches(path, request.pathAlone) != true
        {
            return false
        }
        let isAnyMethod = match.methods.isEmpty || match.methods.contains("*") || match.methods.contains("")
        if !isAnyMethod, !match.methods.contains(request.method) { return false }
        return match.headers.allSatisfy { name, expression in
            let isHost = name.lowercased() == "host" || name == ":authority"
            guard let value = isHost ? request.host : request.value(of: name) else { return false }
            return KnownExpressions.matches(expression, value) == true
        }
    }

    // MARK: Reach

    /// Whether a client may call anything on a port of the pods of an identity.
    package func mayCall(_ client: ServiceIdentity, _ destination: ServiceIdentity, port: UInt16, isHTTP: Bool) -> Bool
    {
        targets(from: client, to: destination).contains { target in
            allowed(by: target, isHTTP: isHTTP, port: port).contains { !$0.matches.isEmpty }
        }
    }

    /// Whether a client has a listener for a service port.
    package func reaches(_ client: ServiceIdentity, _ port: ServicePort) -> Bool {
        guard ports(of: port.service)?.contains(where: { $0.port.port == port.port }) == true else { return false }
        switch mode(of: port.service.namespace) {
        case .outside: return false
        case .permissive: return true
        case .smi: break
        }
        if isDeclared(port, for: client) { return true }
        guard let split = split(at: port.service) else { return false }
        return split.backends.contains { backend in
            let service = ObjectName(namespace: port.service.namespace, name: backend.service)
            return isDeclared(ServicePort(service: service, port: port.port), for: client)
        }
    }

    /// Whether a policy for the port's own pods names a client.
    package func isDeclared(_ servicePort: ServicePort, for client: ServiceIdentity) -> Bool {
        guard let port = port(servicePort), let service = objects.services[servicePort.service] else { return false }
        let pods = meshPods(in: servicePort.service.namespace).filter { selects(service, $0) }
        return pods.contains { pod in
            port.targets.contains { mayCall(client, identity(of: pod), port: $0, isHTTP: port.isHTTP) }
        }
    }
}

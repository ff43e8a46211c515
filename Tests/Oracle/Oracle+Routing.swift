package import MeshModel

/// How requests divide (section 5), and at which addresses they arrive (section 3).
extension Oracle {
    /// The split that divides the requests to a service: of several the oldest.
    package func split(at apex: ObjectName) -> TrafficSplit? {
        oldest(
            objects.splits.values.filter { split in
                split.metadata.namespace == apex.namespace && Self.apexSpellings(apex).contains(split.service)
            })
    }

    private static func apexSpellings(_ apex: ObjectName) -> [String] {
        let short = "\(apex.name).\(apex.namespace)"
        return [apex.name, short, "\(short).svc", "\(short).svc.cluster", "\(short).svc.cluster.local"]
    }

    /// Whether a request to a service port goes to the very pod that the client called: one of a headless service, and
    /// not by a split.
    package func isDirect(_ request: Request, at port: ServicePort) -> Bool {
        guard isHeadless(port.service), let own = self.port(port) else { return false }
        guard let split = split(at: port.service) else { return true }
        guard own.isHTTP, !split.matches.isEmpty else { return false }
        let matches = split.matches.flatMap { self.matches(ofGroup: $0.name, in: port.service.namespace) ?? [] }
        return !matches.contains { Self.matches($0, request) }
    }

    /// The shares of a request to a service port; none if it gets 503.
    package func division(of request: Request, at port: ServicePort) -> [ServiceTargetPort: Int] {
        guard let own = self.port(port) else { return [:] }
        let namespace = port.service.namespace
        guard let split = split(at: port.service) else { return shares([(port, 1)]) }
        if own.isHTTP, !split.matches.isEmpty {
            let matches = split.matches.flatMap { self.matches(ofGroup: $0.name, in: namespace) ?? [] }
            guard matches.contains(where: { Self.matches($0, request) }) else { return shares([(port, 1)]) }
        }
        return shares(
            split.backends.map { backend in
                let service = ObjectName(namespace: namespace, name: backend.service)
                return (ServicePort(service: service, port: port.port), backend.weight)
            })
    }

    /// Shares by upstream; what is missing, has no such port or leads nowhere is left out.
    private func shares(_ backends: [(ServicePort, Int)]) -> [ServiceTargetPort: Int] {
        var result: [ServiceTargetPort: Int] = [:]
        for (backend, weight) in backends where weight > 0 {
            guard let target = port(backend)?.name else { continue }
            result[ServiceTargetPort(service: backend.service, targetPort: target), default: 0] += weight
        }
        return result
    }

    /// The identities of the mesh pods behind an upstream, ready or not.
    package func identities(behind upstream: ServiceTargetPort) -> Set<ServiceIdentity> {
        Set(pods(behind: upstream).map { identity(of: $0.pod) })
    }

    /// The addresses of an upstream that a client is offered: ready mesh pods; of several identities those that it
    /// may reach, if it may reach any.
    package func endpoints(of upstream: ServiceTargetPort, for client: ServiceIdentity) -> Set<SocketAddress> {
        let pods = pods(behind: upstream)
        var offered = Set(pods.map { identity(of: $0.pod) })
        if mode(of: upstream.service.namespace) == .smi {
            let leading = (ports(of: upstream.service) ?? []).filter { $0.name == upstream.targetPort }
            let reachable = offered.filter { identity in
                pods.contains { pod in
                    self.identity(of: pod.pod) == identity
                        && leading.contains { mayCall(client, identity, port: pod.number, isHTTP: $0.isHTTP) }
                }
            }
            if !reachable.isEmpty { offered = reachable }
        }
        return Set(
            pods.filter { $0.isReady && offered.contains(identity(of: $0.pod)) }
                .map { SocketAddress(ip: $0.address, port: $0.number) })
    }

    /// The mesh pods behind an upstream, each with its own number of the port.
    private func pods(
        behind upstream: ServiceTargetPort
    ) -> [(address: IPAddress, number: UInt16, isReady: Bool, pod: Pod)] {
        let names = (ports(of: upstream.service) ?? []).filter { $0.name == upstream.targetPort }.map(\.port.name)
        return endpoints(of: upstream.service).flatMap { endpoint in
            endpoint.ports.filter { names.contains($0.name) }.compactMap { port in
                guard let pod = endpoint.pod, let address = endpoint.address else { return nil }
                return (address, port.number, endpoint.isReady, pod)
            }
        }
    }
}

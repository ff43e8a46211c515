import Incremental
import MeshModel
import MeshPolicy

/// What a service takes, by its setting.
enum ServiceLimitsQuery: MeshQuery {
    static func evaluate(_ service: ObjectName, _ mesh: MeshReader) -> ServiceLimits {
        mesh(HoldingSetting.self, service).map(ServiceLimits.init) ?? .none
    }
}

/// What holds for the connections that name a service, at one port of its pods.
enum EntranceLimitsQuery: MeshQuery {
    static func evaluate(_ entrance: ServiceTargetPort, _ mesh: MeshReader) -> EntranceLimits {
        let own = mesh(ServiceLimitsQuery.self, entrance.service)
        var call = own.requests.global?.call
        var apexes: [ApexLimits] = []
        for apex in mesh(ApexesOfBackend.self, entrance.service) where apex != entrance.service {
            var requests = mesh(ServiceLimitsQuery.self, apex).requests
            guard requests != .none else { continue }
            let ports = ports(of: apex, to: entrance, mesh)
            guard !ports.isEmpty else { continue }
            if call == nil { call = requests.global?.call }
            // One filter asks for all requests that come this way. Whose settings differ is told (`LimitConflicts`).
            if let global = requests.global, global.call != call { requests = requests.withoutGlobal }
            guard requests != .none else { continue }
            apexes.append(ApexLimits(apex: apex, ports: ports, requests: requests))
        }
        return EntranceLimits(service: own, apexes: apexes)
    }

    /// The ports of an apex that lead to a port of a backend's pods: by equal numbers of service ports.
    private static func ports(of apex: ObjectName, to entrance: ServiceTargetPort, _ mesh: MeshReader) -> [UInt16] {
        let ports = mesh(MeshService.self, apex)?.ports.filter { $0.wireProtocol == .http } ?? []
        return ports.map(\.port).filter { number in
            let port = ServicePort(service: entrance.service, port: number)
            return mesh(MeshServicePort.self, port)?.targetPorts.contains(entrance.targetPort) == true
        }
    }
}

/// The backends of an apex at which its global limit of requests cannot hold, with the setting that decides there:
/// sorted by backend.
enum LimitConflicts: MeshQuery {
    struct Conflict: Equatable, Sendable {
        let backend: ObjectName
        /// The Service whose setting says how the service that counts is asked.
        let decisive: ObjectName
    }

    static func evaluate(_ apex: ObjectName, _ mesh: MeshReader) -> [Conflict] {
        guard let split = mesh(HoldingSplit.self, apex),
            let call = mesh(ServiceLimitsQuery.self, apex).requests.global?.call
        else { return [] }
        let backends = Set(split.backends.map { ObjectName(namespace: apex.namespace, name: $0.service) }).sorted()
        return backends.compactMap { backend in
            guard backend != apex else { return nil }
            // The backend's own, else that of the first apex by name.
            let order = [backend] + mesh(ApexesOfBackend.self, backend).filter { $0 != backend }
            let calls = order.lazy.compactMap { service in
                mesh(ServiceLimitsQuery.self, service).requests.global.map { (service, $0.call) }
            }
            guard let (decisive, decided) = calls.first, decided != call else { return nil }
            return Conflict(backend: backend, decisive: decisive)
        }
    }
}

extension RequestLimits {
    /// The same, nothing of it counted by a service.
    fileprivate var withoutGlobal: RequestLimits {
        RequestLimits(
            local: local,
            routes: routes.filter { $0.local != nil }
                .map { RouteLimits(pathRegex: $0.pathRegex, local: $0.local, descriptors: []) })
    }
}

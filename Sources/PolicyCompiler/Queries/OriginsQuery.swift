public import Incremental
public import MeshModel
import MeshPolicy

/// An object at a generation.
public struct ObjectVersion: Hashable, Comparable, Sendable {
    /// The object.
    public let key: ObjectKey
    /// Its generation; 0 where unknown.
    public let generation: Int64

    /// By object, then generation.
    public static func < (left: ObjectVersion, right: ObjectVersion) -> Bool {
        (left.key, left.generation) < (right.key, right.generation)
    }
}

extension ObjectRow {
    fileprivate var version: ObjectVersion {
        ObjectVersion(key: object.key, generation: object.metadata.generation)
    }
}

/// The objects that shape a derived resource: sorted, without duplicates.
///
/// Nobody but users' objects is named.
public enum OriginsQuery: MeshQuery {
    /// The value for a key.
    public static func evaluate(_ resource: DerivedResource, _ mesh: MeshReader) -> [ObjectVersion] {
        var origins: Set<ObjectVersion> = []
        switch resource {
        case .roots, .workloadEnd: break
        case .healthCheckAnswers: origins.formUnion(mesh(\.meshConfig, .one).map(\.version))
        case .listener(let key):
            if let owner = mesh(AddressClaim.self, key.address) { origins.formUnion(service(owner.service, mesh)) }
            origins.formUnion(telemetry(key.telemetry, mesh))
        case .route(let key):
            let port = key.port
            origins.formUnion(service(port.service, mesh))
            origins.formUnion(setting(of: port.service, mesh))
            for upstream in mesh(OutboundRouteQuery.self, key)?.upstreams ?? [] {
                origins.formUnion(setting(of: upstream.target.service, mesh))
            }
            if let retry = key.retry { origins.formUnion(mesh(\.retryByName, retry).map(\.version)) }
            guard let split = mesh(HoldingSplit.self, port.service) else { break }
            origins.formUnion(mesh(\.splitByName, split.name).map(\.version))
            for reference in split.matches {
                let group = ObjectName(namespace: split.namespace, name: reference.name)
                origins.formUnion(mesh(\.routeGroupByName, group).map(\.version))
            }
        case .upstream(let name):
            origins.formUnion(service(name.target.service, mesh) + setting(of: name.target.service, mesh))
        case .endpoints(let key):
            origins.formUnion(service(key.upstream.service, mesh) + setting(of: key.upstream.service, mesh))
        case .inbound(let key):
            for target in key.targets {
                origins.formUnion(service(target.service, mesh))
                origins.formUnion(limits(of: target.service, mesh))
                guard let holder = mesh(HoldingIngressBackend.self, target) else { continue }
                origins.insert(ObjectVersion(key: holder.key, generation: holder.metadata.generation))
            }
            for target in mesh(\.targetsByDestination, key.identity) {
                origins.insert(target.version)
                for rule in target.object.rules {
                    let route = ObjectName(namespace: target.id.namespace, name: rule.name)
                    origins.formUnion(mesh(\.routeGroupByName, route).map(\.version))
                    origins.formUnion(mesh(\.tcpRouteByName, route).map(\.version))
                }
            }
            origins.formUnion(telemetry(key.telemetry, mesh))
        case .egressPort(let key):
            origins.formUnion(egressPort(key, mesh))
            origins.formUnion(telemetry(key.proxies.telemetry, mesh))
        case .logCollector(let name): origins.formUnion(telemetry(name, mesh))
        case .egress, .tracing, .requestAuthorizer: origins.formUnion(mesh(\.meshConfig, .one).map(\.version))
        }
        return origins.sorted()
    }

    /// The setting that holds for a service.
    private static func setting(of service: ObjectName, _ mesh: MeshReader) -> [ObjectVersion] {
        guard let setting = mesh(HoldingSetting.self, service) else { return [] }
        return mesh(\.upstreamTrafficSettingByName, setting.name).map(\.version)
    }

    /// A Telemetry, and the ExtensionService that it names.
    private static func telemetry(_ name: ObjectName?, _ mesh: MeshReader) -> [ObjectVersion] {
        guard let name, let row = mesh(\.telemetryByName, name).first else { return [] }
        let service = row.valid?.accessLog?.openTelemetry?.extensionService
        return [row.version] + (service.map { mesh(\.extensionServiceByName, $0).map(\.version) } ?? [])
    }

    private static func service(_ name: ObjectName, _ mesh: MeshReader) -> [ObjectVersion] {
        mesh(\.serviceByName, name).map(\.version)
    }

    private static func egressPort(_ key: EgressPortKey, _ mesh: MeshReader) -> [ObjectVersion] {
        // Of no generation: what all proxies have tells that, and each identity's ports are not made anew for it.
        var origins = mesh.meshConfigKeys.map { ObjectVersion(key: $0, generation: 0) }
        for policy in mesh(EgressesInForce.self, key.proxies.identity) where !policy.protocols(on: key.port).isEmpty {
            origins += mesh(\.egressByName, policy.name).map(\.version)
            for group in policy.routeGroups { origins += mesh(\.routeGroupByName, group).map(\.version) }
            guard let setting = policy.trafficSetting else { continue }
            origins += mesh(\.upstreamTrafficSettingByName, setting).map(\.version)
        }
        return origins
    }

    /// The settings that limit what comes in for a service: its own, and those of the apexes that it stands behind.
    private static func limits(of name: ObjectName, _ mesh: MeshReader) -> [ObjectVersion] {
        ([name] + mesh(ApexesOfBackend.self, name)).flatMap { service in
            mesh(HoldingSetting.self, service).map { mesh(\.upstreamTrafficSettingByName, $0.name).map(\.version) }
                ?? []
        }
    }
}

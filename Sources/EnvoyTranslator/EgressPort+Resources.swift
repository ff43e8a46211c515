internal import EnvoyAPI
internal import MeshModel
public import MeshPolicy
internal import SwiftProtobuf
public import XDSCache

extension EgressPort {
    /// The virtual listener of the port, the route configuration of its hosts, and its clusters.
    ///
    /// Envoy hands a redirected connection to the listener at its very address, else to that of its port at every
    /// address: addresses of the mesh go before, and connections to other ports never notice.
    ///
    /// - Parameter origins: The objects that shaped the port.
    public func resources(origins: Set<Origin>) -> [Resource] {
        let variant = key.proxies.description
        let clusters = clusters
        var resources = clusters.sorted { $0.key < $1.key }.map { name, message in
            Resource(name, variant: variant, message: message, origins: origins)
        }
        var references = connectionClusters
        references.insert(catchAll)
        references.formUnion(observation.references)
        if let hosts {
            let route = ResourceName.egressRoute(key.port)
            references.insert(route)
            resources.append(
                Resource(
                    route, variant: variant, message: routeConfiguration(of: hosts),
                    references: Set(requestClusters), origins: origins))
        }
        resources.append(
            Resource(
                .egressListener(key.port), variant: variant, message: listener, references: references,
                origins: origins))
        return resources
    }

    /// The cluster of what no policy names.
    var catchAll: ResourceName { isPassthrough ? .passthrough : .refused }

    /// Where requests to a host go.
    func cluster(of host: Host) -> ResourceName {
        host.isPattern ? .externalPort(key.port, host.setting) : .externalHost(host.name, key.port)
    }

    private var connectionClusters: Set<ResourceName> {
        let connections = zones.flatMap { $0.servers.map(\.connections) + [$0.connections].compactMap(\.self) }
        return Set(connections.map { .externalPort(key.port, $0.setting) })
    }

    private var requestClusters: [ResourceName] {
        (hosts ?? []).map(cluster(of:)) + (passesOtherHosts ? [.externalPort(key.port, nil)] : [])
    }

    /// Whether requests to hosts that no policy names go where they were sent.
    var passesOtherHosts: Bool { isPassthrough && hosts != nil && hosts?.contains { $0.name == "*" } == false }

    private var clusters: [ResourceName: Envoy.Cluster] {
        var clusters: [ResourceName: Envoy.Cluster] = [:]
        let settings = Dictionary(
            self.settings.map { (ResourceName.externalPort(key.port, $0), $1.upstream) }, uniquingKeysWith: { $1 })
        for name in connectionClusters.union(requestClusters) {
            clusters[name] = .originalDestination(name, settings[name] ?? UpstreamSettings())
        }
        for host in hosts ?? [] where !host.isPattern {
            let name = cluster(of: host)
            clusters[name] = .external(
                name, host: host.name, port: key.port, families: key.proxies.families,
                self.settings(host.setting)?.upstream ?? UpstreamSettings())
        }
        return clusters
    }

    /// How an UpstreamTrafficSetting connects; `nil` for none, or one that is not there.
    func settings(_ name: ObjectName?) -> Settings? { name.flatMap { settings[$0] } }
}

extension Envoy.Cluster {
    /// The address that the client chose.
    fileprivate static func originalDestination(_ name: ResourceName, _ settings: UpstreamSettings) -> Envoy.Cluster {
        var cluster = Envoy.Cluster(name, type: .originalDst)
        cluster.lbPolicy = .clusterProvided
        cluster.connect(by: settings)
        return cluster
    }

    /// A host outside of the mesh, wherever its name leads now.
    static func external(
        _ name: ResourceName, host: String, port: UInt16, families: [IPAddress.Family],
        _ settings: UpstreamSettings = UpstreamSettings()
    ) -> Envoy.Cluster {
        var cluster = Envoy.Cluster(name, host: host, port: port, families: families, patience: 2)
        cluster.connect(by: settings)
        return cluster
    }

    private mutating func connect(by settings: UpstreamSettings) {
        carryRequests(settings)
        if let limit = settings.connectTimeout { connectTimeout = .init(limit) }
    }
}

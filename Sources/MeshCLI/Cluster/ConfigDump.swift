internal import FoundationEssentials
internal import MeshModel

/// What an Envoy has, as its `/config_dump?include_eds` tells, as far as it came over xDS.
struct ConfigDump: Equatable, Sendable {
    /// A resource that is in force.
    struct Entry: Hashable, Comparable, Sendable {
        /// The message name of the type, such as `Cluster`.
        let type: String
        let name: String
        /// As Envoy tells it; empty for load assignments, of which Envoy tells none.
        let version: String

        static func < (left: Entry, right: Entry) -> Bool {
            (left.type, left.name, left.version) < (right.type, right.name, right.version)
        }
    }

    /// What is in force: sorted.
    let active: [Entry]
    /// The names of clusters and secrets that are not yet in force.
    let warming: [String]
    /// What Envoy refused last, by the name of the listener.
    let errors: [String: String]
    /// The names of the extensions that listeners in force have Envoy ask for.
    let askedExtensions: Set<String>

    /// The dump of a text.
    ///
    /// - Throws: ``CommandFailure`` if it is no dump.
    init(json: String) throws {
        let wire: Wire
        do {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            wire = try decoder.decode(Wire.self, from: Data(json.utf8))
        } catch {
            throw CommandFailure("reading Envoy's configuration", because: "it is not what is expected: \(error)")
        }
        let sections = wire.configs
        func all<Value>(_ path: (Wire.Section) -> [Value]?) -> [Value] { sections.flatMap { path($0) ?? [] } }
        let listeners = all(\.dynamicListeners)
        var entries = listeners.compactMap { listener in
            listener.activeState.map { Entry(type: "Listener", name: listener.name, version: $0.versionInfo ?? "") }
        }
        entries += all(\.dynamicActiveClusters).map {
            Entry(type: "Cluster", name: $0.cluster.name, version: $0.versionInfo ?? "")
        }
        entries += all(\.dynamicRouteConfigs).map {
            Entry(type: "RouteConfiguration", name: $0.routeConfig.name, version: $0.versionInfo ?? "")
        }
        entries += all(\.dynamicActiveSecrets).map {
            Entry(type: "Secret", name: $0.name, version: $0.versionInfo ?? "")
        }
        entries += all(\.ecdsFilters).map {
            Entry(type: "TypedExtensionConfig", name: $0.ecdsFilter.name, version: $0.versionInfo ?? "")
        }
        // Envoy tells endpoints of all clusters; those of others than these came with the cluster.
        let discovered = Set(
            all(\.dynamicActiveClusters).filter { $0.cluster.type == "EDS" }.map {
                $0.cluster.edsClusterConfig?.serviceName ?? $0.cluster.name
            })
        entries += all(\.dynamicEndpointConfigs).compactMap(\.endpointConfig.clusterName).filter(discovered.contains)
            .map { Entry(type: "ClusterLoadAssignment", name: $0, version: "") }
        askedExtensions = Set(listeners.compactMap(\.activeState?.listener).flatMap(Self.extensions))
        active = Set(entries).sorted()
        warming =
            (all(\.dynamicWarmingClusters).map(\.cluster.name) + all(\.dynamicWarmingSecrets).map(\.name)).sorted()
        let refused = listeners.compactMap { listener in
            listener.errorState?.details.map { (listener.name, $0) }
        }
        errors = Dictionary(refused) { first, _ in first }
    }

    /// The names of filters below a value whose configuration Envoy is to ask for.
    private static func extensions(_ value: JSONContent) -> [String] {
        switch value {
        case .object(let members):
            if members["config_discovery"] != nil, case .string(let name)? = members["name"] { return [name] }
            return members.values.flatMap(extensions)
        case .array(let elements): return elements.flatMap(extensions)
        case .null, .boolean, .integer, .number, .string: return []
        }
    }

    /// The names of a type that are in force.
    func names(_ type: String) -> Set<String> { Set(active.filter { $0.type == type }.map(\.name)) }
}

/// The dump as Envoy writes it (`envoy.admin.v3.ConfigDump`).
private struct Wire: Decodable {
    struct Named: Decodable { let name: String }
    struct State: Decodable {
        let versionInfo: String?
        let listener: JSONContent?
    }
    struct Failure: Decodable { let details: String? }
    struct Listener: Decodable {
        let name: String
        let activeState: State?
        let errorState: Failure?
    }
    struct Cluster: Decodable {
        struct Content: Decodable {
            struct Discovery: Decodable { let serviceName: String? }

            let name: String
            let type: String?
            let edsClusterConfig: Discovery?
        }
        let versionInfo: String?
        let cluster: Content
    }
    struct Route: Decodable {
        let versionInfo: String?
        let routeConfig: Named
    }
    struct Secret: Decodable {
        let name: String
        let versionInfo: String?
    }
    struct Filter: Decodable {
        let versionInfo: String?
        let ecdsFilter: Named
    }
    struct Endpoints: Decodable {
        struct Assignment: Decodable { let clusterName: String? }
        let endpointConfig: Assignment
    }
    struct Section: Decodable {
        let dynamicListeners: [Listener]?
        let dynamicActiveClusters: [Cluster]?
        let dynamicWarmingClusters: [Cluster]?
        let dynamicRouteConfigs: [Route]?
        let dynamicActiveSecrets: [Secret]?
        let dynamicWarmingSecrets: [Secret]?
        let ecdsFilters: [Filter]?
        let dynamicEndpointConfigs: [Endpoints]?
    }

    let configs: [Section]
}

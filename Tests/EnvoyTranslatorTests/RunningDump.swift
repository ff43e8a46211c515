import EnvoyAPI
import Foundation
import XDSCache

/// What a running Envoy says that it has: its `/config_dump`, as far as it came over the stream.
struct RunningDump {
    private struct Dump: Decodable {
        let configs: [Part]
    }

    private struct Part: Decodable {
        let dynamicListeners: [Listener]?
        let dynamicActiveClusters: [Cluster]?
        let dynamicWarmingClusters: [Cluster]?
        let dynamicRouteConfigs: [Route]?
        let dynamicEndpointConfigs: [Endpoints]?
        let dynamicActiveSecrets: [Secret]?
        let dynamicWarmingSecrets: [Secret]?
        let ecdsFilters: [Extension]?
    }

    private struct Listener: Decodable {
        let name: String
        let activeState: State?
        let warmingState: State?
        let errorState: Failure?

        struct State: Decodable {
            let listener: JSONValue
        }
        struct Failure: Decodable {
            let details: String?
        }
    }

    private struct Cluster: Decodable {
        let versionInfo: String?
        let cluster: Named
    }

    private struct Route: Decodable {
        let versionInfo: String?
        let routeConfig: Named?
        let errorState: Listener.Failure?
    }

    private struct Secret: Decodable {
        let name: String
        let versionInfo: String?
    }

    private struct Extension: Decodable {
        let versionInfo: String?
        let ecdsFilter: Named?
        let errorState: Listener.Failure?
    }

    private struct Named: Decodable {
        let name: String
    }

    private struct Endpoints: Decodable {
        let endpointConfig: Assignment

        struct Assignment: Decodable {
            let clusterName: String
            let endpoints: [Locality]?
        }
        struct Locality: Decodable {
            let lbEndpoints: [Endpoint]?
        }
        struct Endpoint: Decodable {
            let endpoint: Addressed
        }
        struct Addressed: Decodable {
            let address: Address
        }
        struct Address: Decodable {
            let socketAddress: SocketAddress
        }
        struct SocketAddress: Decodable {
            let address: String
            let portValue: Int
        }
    }

    /// The versions of the clusters, routes, secrets and extensions that are at work.
    private(set) var versions: [ResourceName: String] = [:]
    /// The listeners that are at work, whole: one whose chains are exchanged in place keeps its former version.
    private(set) var listeners: [ResourceName: JSONValue] = [:]
    /// What waits for something else before it goes to work.
    private(set) var warming: Set<ResourceName> = []
    /// What it last refused, and why.
    private(set) var failures: [ResourceName: String] = [:]
    /// The addresses of endpoints, sorted, by cluster.
    private(set) var endpoints: [ResourceName: [String]] = [:]

    /// Reads the JSON of `/config_dump?include_eds`.
    init(text: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        for part in try decoder.decode(Dump.self, from: Data(text.utf8)).configs {
            for listener in part.dynamicListeners ?? [] {
                let name = ResourceName(.listener, listener.name)
                listeners[name] = listener.activeState?.listener.withoutType
                if listener.warmingState != nil { warming.insert(name) }
                failures[name] = listener.errorState?.details
            }
            for cluster in part.dynamicActiveClusters ?? [] {
                versions[ResourceName(.cluster, cluster.cluster.name)] = cluster.versionInfo ?? ""
            }
            for cluster in part.dynamicWarmingClusters ?? [] {
                warming.insert(ResourceName(.cluster, cluster.cluster.name))
            }
            for route in part.dynamicRouteConfigs ?? [] {
                guard let config = route.routeConfig else { continue }
                versions[ResourceName(.route, config.name)] = route.versionInfo ?? ""
                failures[ResourceName(.route, config.name)] = route.errorState?.details
            }
            for secret in part.dynamicActiveSecrets ?? [] {
                versions[ResourceName(.secret, secret.name)] = secret.versionInfo ?? ""
            }
            for secret in part.dynamicWarmingSecrets ?? [] { warming.insert(ResourceName(.secret, secret.name)) }
            for filter in part.ecdsFilters ?? [] {
                guard let config = filter.ecdsFilter else { continue }
                versions[ResourceName(.extension, config.name)] = filter.versionInfo ?? ""
                failures[ResourceName(.extension, config.name)] = filter.errorState?.details
            }
            for entry in part.dynamicEndpointConfigs ?? [] {
                let localities = entry.endpointConfig.endpoints ?? []
                endpoints[ResourceName(.endpoints, entry.endpointConfig.clusterName)] =
                    localities.flatMap { $0.lbEndpoints ?? [] }.map(\.endpoint.address.socketAddress)
                    .map { "\($0.address) \($0.portValue)" }.sorted()
            }
        }
    }

    /// How it differs from a view: what has another version, is missing, or is not at work yet.
    ///
    /// Listeners must be those of the view and no others. Clusters that left the view stay for a while.
    ///
    /// - Parameters:
    ///   - exactly: Whether there may be no other clusters, either.
    ///   - byVersion: Whether it was told the versions of resources; otherwise only those of whole types, so that of
    ///     what has neither endpoints nor chains it is only known that it is there.
    func differences(from view: [Resource], exactly: Bool, byVersion: Bool = true) throws -> [String] {
        var differences = warming.sorted().map { "\($0) is warming" }
        differences += failures.sorted { $0.key < $1.key }.map { "\($0) was refused: \($1)" }
        let referenced = Set(view.flatMap(\.references))
        for resource in view {
            let name = resource.key.name
            switch name.type {
            case .endpoints:
                let expected = try Self.addresses(in: resource)
                if endpoints[name] != expected {
                    differences.append("\(name) is \(endpoints[name] ?? []) instead of \(expected)")
                }
            // Envoy asks for these only if something that it has names them.
            case .route where !referenced.contains(name), .secret where !referenced.contains(name),
                .extension where !referenced.contains(name):
                break
            case .listener:
                let expected = try resource.json()
                guard listeners[name] != expected else { break }
                differences.append(
                    "\(name): \(listeners[name].flatMap { expected.difference(from: $0)?.text() } ?? "missing")")
            default:
                if byVersion ? versions[name] != resource.version : versions[name] == nil {
                    differences.append("\(name) is \(versions[name] ?? "missing") instead of \(resource.version)")
                }
            }
        }
        let names = Set(view.map(\.key.name))
        let kept = listeners.keys + (exactly ? versions.keys.filter { $0.type == .cluster } : [])
        return differences + kept.sorted().filter { !names.contains($0) }.map { "\($0) is left" }
    }

    private static func addresses(in resource: Resource) throws -> [String] {
        try resource.message(Envoy_Config_Endpoint_V3_ClusterLoadAssignment.self).endpoints.flatMap(\.lbEndpoints)
            .map(\.endpoint.address.socketAddress).map { "\($0.address) \($0.portValue)" }.sorted()
    }
}

extension JSONValue {
    /// A message without the envelope's type.
    fileprivate var withoutType: JSONValue {
        guard case .object(var members) = self else { return self }
        members["@type"] = nil
        return .object(members)
    }
}

import Foundation

/// An object of the mesh's kinds in a cluster, by its kind and name.
struct ClusterObject: Hashable {
    let kind: String
    let namespace: String
    let name: String

    /// The plural, as it stands in the paths of the API, with group and version.
    static let resources: [String: (group: String, version: String, plural: String)] = [
        "MeshConfig": ("config.openservicemesh.io", "v1alpha2", "meshconfigs"),
        "TrafficTarget": ("access.smi-spec.io", "v1alpha3", "traffictargets"),
        "HTTPRouteGroup": ("specs.smi-spec.io", "v1alpha4", "httproutegroups"),
        "TCPRoute": ("specs.smi-spec.io", "v1alpha4", "tcproutes"),
        "TrafficSplit": ("split.smi-spec.io", "v1alpha4", "trafficsplits"),
    ]

    /// `namespace/name`.
    var place: String { "\(namespace)/\(name)" }

    /// As kubectl takes it: the resource with its group, and the name.
    var reference: String {
        guard let resource = Self.resources[kind] else { return "\(kind.lowercased())/\(name)" }
        return "\(resource.plural).\(resource.group)/\(name)"
    }

    /// The kind and the name that a manifest begins with; `nil` if it has none.
    init?(manifest: String) {
        var fields: [Substring: String] = [:]
        for line in manifest.split(separator: "\n") {
            for key in ["kind: ", "  name: ", "  namespace: "] where line.hasPrefix(key) && fields[key[...]] == nil {
                fields[key[...]] = String(line.dropFirst(key.count))
            }
        }
        guard let kind = fields["kind: "], let name = fields["  name: "] else { return nil }
        self.init(kind: kind, namespace: fields["  namespace: "] ?? "", name: name)
    }

    init(kind: String, namespace: String, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// What the API server has of it.
    struct Stored: Decodable {
        struct Metadata: Decodable {
            let name: String
            let namespace: String?
            let generation: Int?
            let resourceVersion: String
            let uid: String
        }

        struct Status: Decodable {
            let observedGeneration: Int?
            let proxies: String?
            let conditions: [ControllerStatus.Condition]?
        }

        let kind: String
        let metadata: Metadata
        let status: Status?

        var generation: Int { metadata.generation ?? 0 }
        var place: String { "\(metadata.namespace ?? "")/\(metadata.name)" }

        subscript(_ type: String) -> ControllerStatus.Condition? { status?.conditions?.first { $0.type == type } }

        /// Whether a condition is true of the generation that the object has.
        func isTrue(_ type: String) -> Bool {
            guard let condition = self[type] else { return false }
            return condition.isTrue && condition.observedGeneration == generation
        }

        /// The conditions for people.
        var text: String {
            let all = status?.conditions ?? []
            let list = all.map { "\($0.type)=\($0.status)/\($0.reason)@\($0.observedGeneration): \($0.message)" }
            return "generation \(generation): " + (list.isEmpty ? "no conditions" : list.joined(separator: "; "))
        }
    }
}

/// Manifests of SMI kinds, as the cases of several kinds need them.
enum AccessManifests {
    /// The `spec` of the MeshConfig in SMI mode.
    static let smi = PolicyManifests.meshSpec(isPermissive: false)

    /// A TrafficTarget in `shop`.
    ///
    /// - Parameters:
    ///   - account: the destination.
    ///   - sources: accounts of the namespace `clients`.
    ///   - rules: kind, name, and the names of matches.
    static func target(
        _ name: String, to account: String = "web", from sources: [String],
        _ rules: [(kind: String, name: String, matches: [String])]
    ) -> String {
        let subjects = sources.map { "    - kind: ServiceAccount\n      name: \($0)\n      namespace: clients\n" }
        let lines = rules.map { rule in
            let matches = rule.matches.isEmpty ? "" : "      matches: [\(rule.matches.joined(separator: ", "))]\n"
            return "    - kind: \(rule.kind)\n      name: \(rule.name)\n" + matches
        }
        return PolicyManifests.head("access.smi-spec.io/v1alpha3", "TrafficTarget", name) + "spec:\n  destination:\n"
            + "    kind: ServiceAccount\n    name: \(account)\n    namespace: shop\n"
            + (subjects.isEmpty ? "" : "  sources:\n" + subjects.joined())
            + (lines.isEmpty ? "" : "  rules:\n" + lines.joined())
    }

    /// An HTTPRouteGroup in `shop`; `matches` is YAML of a list, indented by four.
    static func group(_ name: String, _ matches: String) -> String {
        PolicyManifests.head("specs.smi-spec.io/v1alpha4", "HTTPRouteGroup", name) + "spec:\n  matches:\n" + matches
    }

    /// A TCPRoute in `shop`.
    static func route(_ name: String, ports: [UInt16]) -> String {
        let list = ports.map(String.init).joined(separator: ", ")
        return PolicyManifests.head("specs.smi-spec.io/v1alpha4", "TCPRoute", name)
            + (ports.isEmpty ? "spec: {}\n" : "spec:\n  matches:\n    ports: [\(list)]\n")
    }

    /// A TrafficSplit in `shop`; `matches` are names of HTTPRouteGroups.
    static func split(
        _ name: String, of apex: String, _ weights: [(service: String, weight: Int)], matches: [String] = [],
        creation: String? = nil
    ) -> String {
        let time = creation.map { "  creationTimestamp: \"\($0)\"\n" } ?? ""
        let backends = weights.map { "    - service: \($0.service)\n      weight: \($0.weight)\n" }
        let references = matches.map { "    - kind: HTTPRouteGroup\n      name: \($0)\n" }
        return PolicyManifests.head("split.smi-spec.io/v1alpha4", "TrafficSplit", name) + time
            + "spec:\n  service: \(apex)\n  backends:\n" + backends.joined()
            + (references.isEmpty ? "" : "  matches:\n" + references.joined())
    }

    /// Joins documents.
    static func all(_ documents: String...) -> String { documents.joined(separator: "---\n") }
}

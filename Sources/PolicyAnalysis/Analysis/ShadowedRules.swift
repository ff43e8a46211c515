import MeshModel
import MeshPolicy
import PolicyCompiler

/// Finds what allows nothing that something else does not allow already.
struct ShadowedRules {
    let mesh: CompiledMesh

    private var contents: MeshContents { mesh.contents }

    var found: [FoundPlace] { matches + targets }

    /// Matches of a group that an earlier one covers, or a later one that says more.
    private var matches: [FoundPlace] {
        contents.httpRouteGroups.values.compactMap(\.valid).sorted { $0.name < $1.name }.flatMap { group in
            let all = group.matches.map { HTTPMatch($0) }
            return all.indices.compactMap { index -> FoundPlace? in
                let cover = all.indices.first { other in
                    guard other != index, all[other].covers(all[index]) else { return false }
                    // Of two spellings of the same requests one is enough: the first stays.
                    return !all[index].covers(all[other]) || other < index
                }
                guard let cover, isAlwaysNamedTogether(group, index, cover) else { return nil }
                return FoundPlace(
                    object: group.key, path: "spec.matches[\(index)]",
                    message: "`\(group.matches[index].name)` describes no request that `\(group.matches[cover].name)` "
                        + "does not describe")
            }
        }
    }

    /// Whether whoever names one match of a group names the other, too: else it says who may do less.
    private func isAlwaysNamedTogether(_ group: HTTPRouteGroup, _ index: Int, _ cover: Int) -> Bool {
        contents.trafficTargets.values.map(\.object).filter { $0.namespace == group.namespace }.flatMap(\.rules)
            .filter { $0.routeKind == .httpRouteGroup && $0.name == group.metadata.name }
            .allSatisfy { rule in
                guard let names = rule.matches, !names.isEmpty else { return true }
                return !names.contains(group.matches[index].name) || names.contains(group.matches[cover].name)
            }
    }

    /// What a target allows somebody.
    private struct Grant {
        let target: TrafficTarget
        let http: [HTTPMatch]
        /// `nil` for every port.
        let httpPorts: Set<UInt16>?
        let tcpPorts: Set<UInt16>?

        /// Whether it allows all that another does, to all whom the other allows it.
        func covers(_ other: Grant) -> Bool {
            guard target.destinationIdentity == other.target.destinationIdentity,
                Set(other.target.sourceIdentities).isSubset(of: target.sourceIdentities)
            else { return false }
            let areRequestsCovered = other.http.allSatisfy { match in http.contains { $0.covers(match) } }
            return areRequestsCovered && (other.http.isEmpty || Self.contains(httpPorts, other.httpPorts))
                && Self.contains(tcpPorts, other.tcpPorts)
        }

        private static func contains(_ ports: Set<UInt16>?, _ others: Set<UInt16>?) -> Bool {
            guard let ports else { return true }
            return others.map { $0.isSubset(of: ports) } ?? false
        }
    }

    private var targets: [FoundPlace] {
        let grants = contents.trafficTargets.values.compactMap(\.valid).sorted { $0.name < $1.name }
            .compactMap { target -> Grant? in
                guard let rules = mesh.value(TargetRules.self, target.name) else { return nil }
                let grant = Grant(
                    target: target, http: rules.http.flatMap(\.matches), httpPorts: rules.httpPorts,
                    tcpPorts: rules.tcpPorts)
                // Who allows nothing is told so elsewhere.
                return grant.http.isEmpty && grant.tcpPorts?.isEmpty == true ? nil : grant
            }
        let byDestination = Dictionary(grouping: grants) { $0.target.destinationIdentity }
        return byDestination.values.flatMap { grants in
            grants.indices.compactMap { index -> FoundPlace? in
                let cover = grants.indices.first { other in
                    guard other != index, grants[other].covers(grants[index]) else { return false }
                    // Of two that say the same one is enough: the first by name stays.
                    return !grants[index].covers(grants[other]) || other < index
                }
                guard let cover else { return nil }
                return FoundPlace(
                    object: grants[index].target.key, path: "",
                    message: "allows nothing that \(grants[cover].target.key) does not allow")
            }
        }
    }
}

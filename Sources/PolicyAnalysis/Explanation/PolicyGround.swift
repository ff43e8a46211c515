import MeshModel
import MeshPolicy
import PolicyCompiler

/// Finds where in the objects something stands that was compiled.
struct PolicyGround {
    let contents: MeshContents
    /// The port of the destination's pods.
    let port: UInt16

    /// The rules of a target that say what a policy says of a match.
    ///
    /// - Parameter name: The policy's name: `<namespace>/<TrafficTarget>/<route object>`.
    func grounds(
        _ name: String, _ target: ObjectKey, _ match: HTTPMatch, _ answer: MatchAnswer
    ) -> [FlowExplanation.Ground] {
        guard let object = contents.trafficTargets[target.name]?.valid else { return [] }
        let conditions = answer.open.map(\.words)
        let grounds = object.rules.enumerated().flatMap { index, rule -> [FlowExplanation.Ground] in
            guard name == "\(target.name)/\(rule.name)" else { return [] }
            let route = ObjectName(namespace: target.name.namespace, name: rule.name)
            func ground(_ kind: ObjectKind, _ path: String, _ name: String) -> FlowExplanation.Ground {
                .init(
                    object: target, path: "spec.rules[\(index)]", route: ObjectKey(kind: kind, name: route),
                    matchPath: path, matchName: name, conditions: conditions)
            }
            switch rule.routeKind {
            case .httpRouteGroup:
                let matches = contents.httpRouteGroups[route]?.valid?.matches ?? []
                let place = matches.firstIndex { candidate in
                    let isNamed = rule.matches.map { $0.isEmpty || $0.contains(candidate.name) } ?? true
                    return isNamed && HTTPMatch(candidate) == match
                }
                return place.map { [ground(.httpRouteGroup, "spec.matches[\($0)]", matches[$0].name)] } ?? []
            case .tcpRoute:
                guard match == .any, let ports = contents.tcpRoutes[route]?.valid?.ports else { return [] }
                if ports.isEmpty { return [ground(.tcpRoute, "", "")] }
                return ports.firstIndex(of: Int(port)).map { [ground(.tcpRoute, "spec.matches.ports[\($0)]", "")] }
                    ?? []
            case .udpRoute, nil: return []
            }
        }
        // An HTTP match of every request, and a TCPRoute of the same name, look alike: what was meant stands first.
        return Array(grounds.prefix(1))
    }
}

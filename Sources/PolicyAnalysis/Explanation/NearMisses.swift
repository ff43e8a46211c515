import MeshModel
import MeshPolicy
import PolicyCompiler

/// Finds the rules that nearly allow a call.
struct NearMisses {
    /// What is asked for.
    struct Call {
        let client: ServiceIdentity
        /// Who is called.
        let destination: ServiceIdentity
        /// The port of the destination's pods.
        let port: UInt16
        let wireProtocol: WireProtocol
        /// The request, its path as proxies read it.
        let request: RequestDescription
    }

    let contents: MeshContents
    let call: Call

    /// More would help nobody.
    private static let most = 3

    /// The nearest, one of each rule, the nearest first.
    var nearest: [NearMiss] {
        let all = contents.trafficTargets.values.flatMap(nearest(in:))
        return Array(
            all.sorted {
                ($0.distance, $0.target, $0.rulePath, $0.match) < ($1.distance, $1.target, $1.rulePath, $1.match)
            }.prefix(Self.most))
    }

    /// The nearest match of each rule of a target that has at least the right source or the right destination.
    private func nearest(in row: ObjectRow<TrafficTarget>) -> [NearMiss] {
        let target = row.object
        let isDestination = target.destinationIdentity == call.destination
        let isSource = target.sourceIdentities.contains(call.client)
        guard isDestination || isSource else { return [] }
        var misses: [NearMiss.Miss] = row.problems.map {
            NearMiss.Miss(object: target.key, path: $0.path, words: $0.message, weight: 2)
        }
        if !isDestination {
            let named = target.destinationIdentity.map { "opens \($0)" } ?? "opens nobody"
            misses.append(
                .init(
                    object: target.key, path: "spec.destination",
                    words: "\(named), while the pods that are called run as \(call.destination)", weight: 4))
        }
        if !isSource {
            let named = target.sourceIdentities.map(\.description)
            misses.append(
                .init(
                    object: target.key, path: "spec.sources",
                    words: "lists \(Self.list(named, empty: "nobody")), not \(call.client)", weight: 3))
        }
        guard !target.rules.isEmpty else {
            return [NearMiss(target: target.key, rulePath: "", route: nil, match: "", misses: misses)]
        }
        return target.rules.indices.compactMap { index in
            candidates(target, index).map { candidate in
                NearMiss(
                    target: target.key, rulePath: "spec.rules[\(index)]", route: candidate.route,
                    match: candidate.match, misses: misses + candidate.misses)
            }
            // What has no miss at all is not what keeps the call out.
            .filter { !$0.misses.isEmpty }
            .min { ($0.distance, $0.match) < ($1.distance, $1.match) }
        }
    }

    /// A match of a rule, or the rule where it has none that counts.
    private struct Candidate {
        let route: ObjectKey
        var match = ""
        var misses: [NearMiss.Miss]
    }

    private func candidates(_ target: TrafficTarget, _ index: Int) -> [Candidate] {
        let rule = target.rules[index]
        let path = "spec.rules[\(index)]"
        func miss(_ object: ObjectKey, _ path: String, _ words: String, _ weight: Int) -> NearMiss.Miss {
            NearMiss.Miss(object: object, path: path, words: words, weight: weight)
        }
        let name = ObjectName(namespace: target.namespace, name: rule.name)
        switch rule.routeKind {
        case .httpRouteGroup:
            let route = ObjectKey(kind: .httpRouteGroup, name: name)
            guard call.wireProtocol == .http else {
                let words = "selects HTTP requests, but the port is TCP: it takes a TCPRoute"
                return [Candidate(route: route, misses: [miss(target.key, "\(path).kind", words, 3)])]
            }
            let ports = portMisses(target)
            guard let group = contents.httpRouteGroups[name]?.valid else {
                let words = "there is no valid HTTPRouteGroup \(name)"
                return [Candidate(route: route, misses: ports + [miss(target.key, "\(path).name", words, 2)])]
            }
            return group.matches.enumerated().map { position, match in
                let answer = MatchAnswer(HTTPMatch(match), call.request)
                var misses =
                    ports
                    + answer.failed.map { condition in
                        miss(route, "spec.matches[\(position)].\(condition.field)", condition.words, condition.weight)
                    }
                if let named = rule.matches, !named.isEmpty, !named.contains(match.name) {
                    let words = "names \(Self.list(named, empty: "")), not `\(match.name)`"
                    misses.append(miss(target.key, "\(path).matches", words, 1))
                }
                return Candidate(route: route, match: match.name, misses: misses)
            }
        case .tcpRoute:
            let route = ObjectKey(kind: .tcpRoute, name: name)
            guard call.wireProtocol == .tcp else {
                let words = "opens TCP ports, but the port is HTTP: it takes an HTTPRouteGroup"
                return [Candidate(route: route, misses: [miss(target.key, "\(path).kind", words, 3)])]
            }
            guard let ports = contents.tcpRoutes[name]?.valid?.ports else {
                let words = "there is no valid TCPRoute \(name)"
                return [Candidate(route: route, misses: [miss(target.key, "\(path).name", words, 2)])]
            }
            guard !ports.isEmpty, !ports.contains(Int(call.port)) else { return [Candidate(route: route, misses: [])] }
            let words = "lists \(Self.list(ports.map(String.init), empty: "")), not \(call.port), the port of the pods"
            return [Candidate(route: route, misses: [miss(route, "spec.matches.ports", words, 1)])]
        case .udpRoute:
            let route = target.key
            return [Candidate(route: route, misses: [miss(target.key, "\(path).kind", "UDPRoute allows nothing", 3)])]
        case nil:
            return [Candidate(route: target.key, misses: [])]
        }
    }

    /// Why the HTTP rules of a target do not hold on the port: a TCPRoute beside them lists others, or is missing.
    private func portMisses(_ target: TrafficTarget) -> [NearMiss.Miss] {
        var listed: [Int] = []
        for (index, rule) in target.rules.enumerated() where rule.routeKind == .tcpRoute {
            let name = ObjectName(namespace: target.namespace, name: rule.name)
            guard let ports = contents.tcpRoutes[name]?.valid?.ports else {
                return [
                    .init(
                        object: target.key, path: "spec.rules[\(index)].name",
                        words: "there is no valid TCPRoute \(name), so nobody knows on which ports the requests are "
                            + "allowed", weight: 2)
                ]
            }
            if ports.isEmpty { return [] }
            listed += ports
        }
        let hasRoute = target.rules.contains { $0.routeKind == .tcpRoute }
        guard hasRoute, !listed.contains(Int(call.port)) else { return [] }
        return [
            .init(
                object: target.key, path: "spec.rules",
                words: "TCPRoutes list ports \(Self.list(listed.map(String.init), empty: "")), not \(call.port), the "
                    + "port of the pods", weight: 1)
        ]
    }

    /// A few of many words.
    static func list(_ words: [String], empty: String) -> String {
        guard !words.isEmpty else { return empty }
        let shown = words.prefix(3).joined(separator: ", ")
        return words.count > 3 ? "\(shown) and \(words.count - 3) more" : shown
    }
}

extension MatchAnswer.Condition {
    /// The field of a match that says so.
    var field: String {
        switch self {
        case .path: "pathRegex"
        case .method: "methods"
        case .header(let name, _, _): "headers[\(name == ":authority" ? "host" : name)]"
        }
    }
}

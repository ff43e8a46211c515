import Incremental
package import MeshModel
package import MeshPolicy

/// What the rules of a TrafficTarget allow, port by port and request by request (the matrix of semantics section 1).
package enum TargetRules: MeshQuery {
    package struct Rules: Equatable, Sendable {
        /// What HTTP requests are allowed, by the name of the route group: sorted by name, none without a match.
        package var http: [Group] = []
        /// On which ports of the destination; `nil` for every port.
        package var httpPorts: Set<UInt16>?
        /// On which ports TCP connections are allowed; `nil` for every port, empty for none.
        package var tcpPorts: Set<UInt16>? = []
        /// What the rules name that is not there or not usable.
        package var unresolved: [Problem] = []
    }

    package struct Group: Equatable, Sendable {
        package let name: String
        package let matches: [HTTPMatch]
    }

    package static func evaluate(_ name: ObjectName, _ mesh: MeshReader) -> Rules? {
        guard let target = mesh(\.targetByName, name).first?.valid else { return nil }
        var rules = Rules()
        var groups: [String: [HTTPMatch]] = [:]
        var ports: Set<UInt16> = []
        var hasEveryPort = false
        var hasTCPRule = false
        var isTCPRouteMissing = false
        for (index, rule) in target.rules.enumerated() {
            let route = ObjectName(namespace: name.namespace, name: rule.name)
            let path = "spec.rules[\(index)]"
            switch rule.routeKind {
            case .httpRouteGroup:
                let matches = matches(of: rule, in: route, path, mesh, &rules.unresolved)
                for match in matches where groups[rule.name]?.contains(match) != true {
                    groups[rule.name, default: []].append(match)
                }
            case .tcpRoute:
                hasTCPRule = true
                guard let tcpRoute = mesh(\.tcpRouteByName, route).first?.valid else {
                    isTCPRouteMissing = true
                    rules.unresolved.append(
                        Problem(
                            path: "\(path).name",
                            message: "there is no valid TCPRoute \(route); the rule allows nothing"))
                    continue
                }
                hasEveryPort = hasEveryPort || tcpRoute.ports.isEmpty
                ports.formUnion(tcpRoute.ports.compactMap(UInt16.init(exactly:)))
            case .udpRoute:
                rules.unresolved.append(
                    Problem(path: "\(path).kind", message: "UDPRoute allows nothing: the mesh leaves UDP alone"))
            case nil:
                break  // A problem of the object itself, which is then not valid.
            }
        }
        if hasTCPRule {
            rules.tcpPorts = hasEveryPort ? nil : ports
            // The HTTP rules hold on the listed ports only; if a list is missing, nobody knows on which.
            rules.httpPorts = hasEveryPort ? nil : ports
            if isTCPRouteMissing { groups = [:] }
        }
        rules.http = groups.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
            .map { Group(name: $0.key, matches: $0.value) }
        return rules
    }

    private static func matches(
        of rule: TrafficTarget.Rule, in group: ObjectName, _ path: String, _ mesh: MeshReader,
        _ unresolved: inout [Problem]
    ) -> [HTTPMatch] {
        guard let named = mesh(GroupMatches.self, group) else {
            unresolved.append(
                Problem(
                    path: "\(path).name", message: "there is no valid HTTPRouteGroup \(group); the rule allows nothing")
            )
            return []
        }
        guard let wanted = rule.matches, !wanted.isEmpty else { return named.map(\.match) }
        for (index, name) in wanted.enumerated() where !named.contains(where: { $0.name == name }) {
            unresolved.append(
                Problem(
                    path: "\(path).matches[\(index)]",
                    message: "HTTPRouteGroup \(group) has no match named \(name); the name allows nothing"))
        }
        return named.filter { wanted.contains($0.name) }.map(\.match)
    }
}

/// On which ports a TrafficTarget allows anything: unchanged while only the requests that it allows change.
enum TargetPorts: MeshQuery {
    struct Ports: Equatable, Sendable {
        let allowsHTTP: Bool
        let httpPorts: Set<UInt16>?
        let tcpPorts: Set<UInt16>?

        func allows(_ wireProtocol: WireProtocol, on port: UInt16) -> Bool {
            switch wireProtocol {
            case .http: allowsHTTP && httpPorts?.contains(port) != false
            case .tcp: tcpPorts?.contains(port) != false
            }
        }
    }

    static func evaluate(_ name: ObjectName, _ mesh: MeshReader) -> Ports? {
        mesh(TargetRules.self, name).map {
            Ports(allowsHTTP: !$0.http.isEmpty, httpPorts: $0.httpPorts, tcpPorts: $0.tcpPorts)
        }
    }
}

/// Whether a client may call anything on a port of a destination identity in SMI mode.
enum MayCall: MeshQuery {
    struct Key: Hashable, Sendable {
        let client: ServiceIdentity
        let destination: ServiceIdentity
        let targetPort: UInt16
        let wireProtocol: WireProtocol
    }

    static func evaluate(_ key: Key, _ mesh: MeshReader) -> Bool {
        mesh(\.targetsBySource, key.client).contains { row in
            row.object.destinationIdentity == key.destination
                && mesh(TargetPorts.self, row.id)?.allows(key.wireProtocol, on: key.targetPort) == true
        }
    }
}

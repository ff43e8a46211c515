internal import MeshModel
internal import PolicyCompiler
internal import XDSCache

/// What the columns of a list show.
extension StatusTable {
    /// How many objects name each route object.
    var uses: [ObjectKey: Int] {
        var uses: [ObjectKey: Int] = [:]
        func use(_ kind: ObjectKind, _ namespace: String, _ names: some Sequence<String>) {
            for name in Set(names) {
                uses[ObjectKey(kind: kind, name: ObjectName(namespace: namespace, name: name)), default: 0] += 1
            }
        }
        for (key, row) in rows {
            switch row.change {
            case .trafficTarget(_, let target?):
                let rules = target.object.rules
                use(.httpRouteGroup, key.name.namespace, rules.filter { $0.routeKind == .httpRouteGroup }.map(\.name))
                use(.tcpRoute, key.name.namespace, rules.filter { $0.routeKind == .tcpRoute }.map(\.name))
            case .trafficSplit(_, let split?):
                use(.httpRouteGroup, key.name.namespace, split.object.matches.map(\.name))
            default: break
            }
        }
        return uses
    }

    /// The summary of an object.
    ///
    /// - Parameter uses: How many objects name it.
    func summary(
        of key: ObjectKey, _ row: Row, _ count: ProxyCount, _ uses: Int, _ progress: [ProxyID: ProxyProgress]
    ) -> [String: String] {
        let proxies = "\(count.total - count.waiting.count)/\(count.total)"
        switch row.change {
        case .meshConfig:
            return ["proxies": "\(progress.values.count(where: \.isConnected))", "synced": proxies]
        case .trafficTarget(let name, let target?):
            let sources = target.object.sources.map { source in
                source.namespace.map { $0 == name.namespace ? source.name : "\($0)/\(source.name)" } ?? source.name
            }
            return [
                "proxies": proxies, "sources": Self.list(sources), "rules": Self.list(target.object.rules.map(\.name)),
            ]
        case .httpRouteGroup(_, let group?):
            return ["proxies": proxies, "matches": Self.list(group.object.matches.map(\.name)), "usedBy": "\(uses)"]
        case .tcpRoute(_, let route?):
            return [
                "proxies": proxies, "matches": Self.list(route.object.ports.map(String.init)), "usedBy": "\(uses)",
            ]
        case .trafficSplit(_, let split?):
            return [
                "proxies": proxies, "backends": Self.list(split.object.backends.map { "\($0.service):\($0.weight)" }),
            ]
        case .ingressBackend(_, let backend?):
            return [
                "proxies": proxies, "backends": Self.list(backend.object.backends.map { "\($0.service):\($0.port)" }),
                "sources": Self.list(backend.object.sources.map(\.summary)),
            ]
        default: return ["proxies": proxies]
        }
    }

    /// As many are listed.
    private static let listed = 4

    private static func list(_ words: [String]) -> String {
        let rest = words.count - listed
        return words.prefix(listed).joined(separator: ",") + (rest > 0 ? ",+\(rest)" : "")
    }
}

extension IngressBackend.Source {
    /// The source in one word.
    fileprivate var summary: String { sourceKind == .service && !namespace.isEmpty ? "\(namespace)/\(name)" : name }
}

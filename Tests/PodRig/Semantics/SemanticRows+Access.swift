import MeshModel
import Oracle

/// Section 1.
extension SemanticRows {
    static let access = [
        "1 permissive", "1 no policy", "1 several targets", "1 groups only: named matches",
        "1 groups only: every match",
        "1 groups only, on TCP", "1 several groups", "1 routes only, on HTTP", "1 routes only: a listed port",
        "1 routes only: another port", "1 routes only: every port", "1 several routes",
        "1 both kinds: a listed HTTP port",
        "1 both kinds: another HTTP port", "1 both kinds, on TCP", "1 a UDPRoute", "1 no rules", "1 no sources",
        "1 destination without a namespace", "1 destination in another namespace", "1 source without a namespace",
        "1 a missing group", "1 a missing route", "1 both kinds: a missing route", "1 an unknown name in matches",
        "1 match: path", "1 match: methods", "1 match: any method", "1 match: header", "1 match: empty header value",
        "1 match: a header that comes twice", "1 match: host", "1 match: every request",
    ]

    func addAccess(_ call: SemanticsCall, _ server: Oracle.Server, _ rows: inout Set<String>) {
        let destination = oracle.identity(of: server.pod)
        guard let client = call.identity(oracle), let isHTTP = server.isHTTP else { return }
        guard oracle.mode(of: destination.namespace) == .smi else {
            rows.insert("1 permissive")
            return
        }
        var deciding = 0
        for target in objects.targets.values {
            guard let subject = target.destination, subject.name == destination.serviceAccount,
                (subject.namespace ?? target.metadata.namespace) == destination.namespace
            else { continue }
            if subject.namespace != nil, subject.namespace != target.metadata.namespace {
                rows.insert("1 destination in another namespace")
                continue
            }
            if target.sources.isEmpty { rows.insert("1 no sources") }
            let source = target.sources.first {
                $0.name == client.serviceAccount
                    && ($0.namespace ?? target.metadata.namespace) == client.namespace
            }
            guard let source else { continue }
            if target.rules.isEmpty { rows.insert("1 no rules") }
            guard oracle.objects.targets[target.name] != nil else { continue }
            deciding += 1
            if subject.namespace == nil { rows.insert("1 destination without a namespace") }
            if source.namespace == nil { rows.insert("1 source without a namespace") }
            addRules(of: target, isHTTP, server.port, &rows)
            if isHTTP { addMatches(of: target, call, &rows) }
        }
        if deciding == 0 { rows.insert("1 no policy") }
        if deciding > 1 { rows.insert("1 several targets") }
    }

    private func addRules(of target: TrafficTarget, _ isHTTP: Bool, _ port: UInt16, _ rows: inout Set<String>) {
        let groups = target.rules.filter { $0.kind == "HTTPRouteGroup" }
        let routes = target.rules.filter { $0.kind == "TCPRoute" }
        func named(_ rule: TrafficTarget.Rule) -> ObjectName {
            ObjectName(namespace: target.metadata.namespace, name: rule.name)
        }
        let found = routes.compactMap { oracle.objects.tcpRoutes[named($0)] }
        let isListed = found.contains { $0.ports.contains(Int(port)) }
        let isEvery = found.contains { $0.ports.isEmpty }
        if target.rules.contains(where: { $0.kind == "UDPRoute" }) { rows.insert("1 a UDPRoute") }
        if isHTTP, groups.contains(where: { oracle.objects.groups[named($0)] == nil }) {
            rows.insert("1 a missing group")
        }
        if isHTTP, groups.contains(where: { hasUnknownName($0, of: target) }) {
            rows.insert("1 an unknown name in matches")
        }
        let isRouteMissing = found.count < routes.count
        if isHTTP, groups.count > 1 { rows.insert("1 several groups") }
        if !isHTTP, routes.count > 1 { rows.insert("1 several routes") }
        switch (groups.isEmpty, routes.isEmpty) {
        case (false, true):
            if isHTTP {
                let hasNames = groups.contains { $0.matches?.isEmpty == false }
                rows.insert(hasNames ? "1 groups only: named matches" : "1 groups only: every match")
            } else {
                rows.insert("1 groups only, on TCP")
            }
        case (true, false):
            if isHTTP {
                rows.insert("1 routes only, on HTTP")
            } else {
                if isRouteMissing { rows.insert("1 a missing route") }
                rows.insert(
                    "1 routes only: " + (isEvery ? "every port" : isListed ? "a listed port" : "another port"))
            }
        case (false, false):
            if !isHTTP {
                rows.insert("1 both kinds, on TCP")
            } else if isRouteMissing {
                rows.insert("1 both kinds: a missing route")
            } else {
                rows.insert("1 both kinds: " + (isListed || isEvery ? "a listed" : "another") + " HTTP port")
            }
        case (true, true): break
        }
    }

    private func hasUnknownName(_ rule: TrafficTarget.Rule, of target: TrafficTarget) -> Bool {
        guard let matches = oracle.matches(ofGroup: rule.name, in: target.metadata.namespace) else { return false }
        return rule.matches?.contains { name in !matches.contains { $0.name == name } } == true
    }

    private func addMatches(of target: TrafficTarget, _ call: SemanticsCall, _ rows: inout Set<String>) {
        for rule in target.rules where rule.kind == "HTTPRouteGroup" {
            for match in oracle.matches(ofGroup: rule.name, in: target.metadata.namespace) ?? [] {
                if let names = rule.matches, !names.isEmpty, !names.contains(match.name) { continue }
                addParts(of: match, call, &rows)
            }
        }
    }

    private func addParts(of match: HTTPRouteGroup.Match, _ call: SemanticsCall, _ rows: inout Set<String>) {
        let hasPath = match.pathRegex?.isEmpty == false
        let isAnyMethod = match.methods.isEmpty || match.methods.contains("*")
        if hasPath { rows.insert("1 match: path") }
        rows.insert(isAnyMethod ? "1 match: any method" : "1 match: methods")
        if !hasPath, isAnyMethod, match.headers.isEmpty { rows.insert("1 match: every request") }
        for (name, expression) in match.headers {
            if name.lowercased() == "host" || name == ":authority" {
                rows.insert("1 match: host")
                continue
            }
            let values = call.request.headers.filter { $0.name.lowercased() == name.lowercased() }
            if values.isEmpty { continue }
            rows.insert(expression.isEmpty ? "1 match: empty header value" : "1 match: header")
            if values.count > 1 { rows.insert("1 match: a header that comes twice") }
        }
    }
}

internal import MeshModel

/// Random policies, and the requests that they are about.
extension RandomMesh {
    mutating func target() -> TrafficTarget {
        let metadata = metadata("t", 16)
        var sources = (0..<random.pick(1, 1, 2, 3)).map { _ in
            TrafficTarget.Subject(name: account(), namespace: random.pick(nil, nil, "n0", "n0", "n1"))
        }
        if random.once(in: 12) { sources = [] }
        var rules = (0..<random.pick(1, 1, 1, 2, 2, 3)).map { _ in rule() }
        if random.once(in: 20) { rules = [] }
        if random.once(in: 25), !rules.isEmpty { rules[0].kind = "GRPCRoute" }
        let own = metadata.namespace
        return TrafficTarget(
            metadata: metadata,
            destination: random.once(in: 25)
                ? nil
                : .init(
                    name: account(), namespace: random.once(in: 10) ? random.pick("n0", "n1") : random.pick(nil, own)),
            sources: sources, rules: rules)
    }

    private mutating func rule() -> TrafficTarget.Rule {
        let kind: TrafficTarget.RuleKind = random.pick(
            .httpRouteGroup, .httpRouteGroup, .httpRouteGroup, .tcpRoute, .tcpRoute, .udpRoute)
        let name = kind == .httpRouteGroup ? "g\(random.number(below: 4))" : "r\(random.number(below: 4))"
        let matches: [String]? = random.pick(
            nil, nil, nil, [], ["m0"], ["m0"], ["m1", "m2"], ["m0", "unknown"], ["unknown"])
        return TrafficTarget.Rule(kind: kind, name: name, matches: kind == .httpRouteGroup ? matches : nil)
    }

    mutating func tcpRoute() -> TCPRoute {
        TCPRoute(
            metadata: metadata("r", 4), ports: random.pick([], [], [8080], [8081], [8082, 8081], [8080, 8082], [0]))
    }

    mutating func group() -> HTTPRouteGroup {
        let paths: [String?] = [nil, nil, "", "/a", "/a", "/a", "/a|/b", "/b.*", "/a/[0-9]+", ".*"]
        let matches = (0..<random.pick(1, 2, 3)).map { number in
            HTTPRouteGroup.Match(
                name: "m\(number)", pathRegex: random.once(in: 30) ? "/(" : random.pick(from: paths) ?? nil,
                methods: random.pick([], [], ["*"], ["GET"], ["POST", "GET"], ["DELETE", "*"]),
                headers: random.pick(
                    [:], [:], [:], [:], [:], ["host": "x"], [":authority": "[xy]"], ["h": "x", "host": ".*"]
                )
                .merging(
                    random.pick([:], [:], [:], [:], [:], ["H": "x"], ["k": ""], ["h": ""], ["k": "x,y"], ["K": "[xy]"])
                ) {
                    left, _ in
                    left
                })
        }
        return HTTPRouteGroup(metadata: metadata("g", 4), matches: matches)
    }

    mutating func split() -> TrafficSplit {
        let metadata = metadata("x", 4)
        let isInert = random.once(in: 12)
        let backends = Array(0..<6).shuffled(using: &random).prefix(random.pick(1, 2, 3, 3)).map {
            // There is no s5.
            TrafficSplit.Backend(
                service: "s\($0)", weight: isInert ? 0 : random.pick(0, 1, 1, 2, 10, 50, 4_000_000_000))
        }
        let apex = "s\(random.number(below: 5))"
        let own = metadata.namespace
        let service = random.pick(
            apex, apex, apex, "\(apex).\(own)", "\(apex).\(own).svc", "\(apex).\(own).svc.cluster",
            "\(apex).\(own).svc.cluster.local", "\(apex).elsewhere")
        return TrafficSplit(
            metadata: metadata, service: service, backends: random.once(in: 20) ? [] : Array(backends),
            matches: random.once(in: 3)
                ? (0..<random.pick(1, 2)).map { _ in .init(name: "g\(random.number(below: 5))") } : [])
    }

    package mutating func request() -> Request {
        let headers = (0..<random.pick(0, 1, 2, 3)).map { _ in
            Request.Header(name: random.pick("h", "H", "k", "K"), value: random.pick("x", "x", "y", "", "x,y"))
        }
        return Request(
            method: random.pick("GET", "GET", "POST", "DELETE"),
            path: random.pick("/a", "/a", "/b", "/bc", "/a/1", "/a/", "/a/1x", "/", "/xa", "/ab")
                + random.pick("", "", "?q=1", "?/a"),
            host: random.pick("x", "x", "y", "s0.n0", ""), headers: headers)
    }
}

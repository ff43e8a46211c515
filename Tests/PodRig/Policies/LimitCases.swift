/// What a service takes, counted by the proxies of its pods.
struct LimitCases: PolicyCases {
    let kind = "UpstreamTrafficSetting"

    private static let web = Call("GET", "http://web.shop/")
    private static let first = Call("GET", "http://web-v1.shop/")
    private static let echo = "echo.shop:\(PolicyPods.echoPort)"

    func run(_ run: PolicyRun) throws {
        try requests(run)
        try routes(run)
        try connections(run)
        try apex(run)
        try ingress(run)
        try whileOpen(run)
        try mistakes(run)
    }

    private func requests(_ run: PolicyRun) throws {
        let answer =
            "        burst: 2\n        responseStatusCode: 503\n        responseHeadersToAdd:\n"
            + "        - name: x-over\n          value: 100% of 5\n"
        let limit = LimitManifests.setting(
            "v1", of: "web-v1.shop.svc.cluster.local", LimitManifests.requests(3, "hour", answer))
        try run.given("web-v1 takes 3 requests an hour, 2 more at once", objects: limit) {
            try run.expect("8 GET web-v1", "200 x 5, 503 x 3") { try run.tally("client-1", Self.first, times: 8) }
            try run.expect("a header of the answer", "100% of 5") {
                try run.call("client-1", Self.first)[0].headers["x-over"] ?? "none"
            }
            try run.expect("8 GET web, which leads to the same port of the same pods", "200 x 8") {
                try run.tally("client-1", Self.web, times: 8)
            }
            let other = Call("GET", "http://web-v1.shop:\(PolicyPods.otherHTTPPort)/")
            try run.expect("8 GET another port of web-v1, counted by itself", "200 x 5, 503 x 3") {
                try run.tally("client-1", other, times: 8)
            }
        }
        try run.given("no limit any more") {
            try run.expect("8 GET web-v1", "200 x 8") { try run.tally("client-1", Self.first, times: 8) }
        }
        let second = LimitManifests.setting("v1", of: "web-v1", LimitManifests.requests(1, "second"))
        try run.given("web-v1, a name without its namespace, takes 1 request a second", objects: second) {
            try run.expect("20 GET at once", "429 among them", where: { PolicyRun.number(of: "429", in: $0) > 0 }) {
                try run.tally("client-1", Self.first, times: 20, isAtOnce: true)
            }
            try run.expect("GET a little later", "200", within: .seconds(10)) {
                try run.get("client-1", "http://web-v1.shop/")
            }
        }
    }

    private func routes(_ run: PolicyRun) throws {
        let spec =
            LimitManifests.requests(100, "second") + "  httpRoutes:\n"
            + LimitManifests.route("/buy/.*", 3, "hour") + LimitManifests.route("/buy/one", 1, "hour")
        try run.given(
            "web-v1 takes 3 requests an hour to /buy/.* and 1 to /buy/one",
            objects: LimitManifests.setting("v1", of: "web-v1.shop.svc.cluster.local", spec)
        ) {
            for (path, expected) in [
                ("/buy/one", "429 x 4, 200 x 1"), ("/buy/two", "200 x 3, 429 x 2"), ("/books", "200 x 5"),
            ] {
                try run.expect("5 GET \(path)", expected) {
                    try run.tally("client-1", Call("GET", "http://web-v1.shop\(path)"), times: 5)
                }
            }
        }
    }

    private func connections(_ run: PolicyRun) throws {
        let limit = LimitManifests.setting("echo", of: "echo.shop", LimitManifests.connections(1, "hour", burst: 1))
        try run.given("echo takes 1 connection an hour, 1 more at once", objects: limit) {
            for (number, expected) in [(1, "answered by echo"), (2, "answered by echo"), (3, "no answer")] {
                try run.expect("connection \(number) to echo", expected) { try run.line("client-1", Self.echo) }
            }
            try run.expect("a connection to another port of echo", "answered by echo") {
                try run.line("client-1", "echo.shop:\(PolicyPods.otherEchoPort)")
            }
            try run.expect("a greeting of db", "answered by db") {
                try run.greeting("client-1", "db.shop:\(PolicyPods.databasePort)")
            }
        }
        try run.given("no limit any more") {
            try run.expect("a connection to echo", "answered by echo") { try run.line("client-1", Self.echo) }
        }
    }

    private func apex(_ run: PolicyRun) throws {
        let objects = AccessManifests.all(
            AccessManifests.split("web", of: "web", [("web-v1", 1), ("web-v2", 0)]),
            LimitManifests.setting("apex", of: "web.shop.svc.cluster.local", LimitManifests.requests(2, "hour")))
        try run.given("web, all of it to web-v1, takes 2 requests an hour", objects: objects) {
            try run.expect("5 GET web", "429 x 3, 200 x 2") { try run.tally("client-1", Self.web, times: 5) }
            try run.expect("GET web by a longer name", "429") {
                try run.get("client-2", "http://web.shop.svc.cluster.local:80/")
            }
            try run.expect("5 GET web-v1", "200 x 5") { try run.tally("client-1", Self.first, times: 5) }
        }
    }

    private func ingress(_ run: PolicyRun) throws {
        let objects = AccessManifests.all(
            IngressManifests.object([IngressManifests.backend("web-v1")], from: [IngressManifests.service()]),
            LimitManifests.setting("v1", of: "web-v1", LimitManifests.requests(2, "hour")))
        try run.given("web-v1, open to an ingress, takes 2 requests an hour", objects: objects) {
            let call = Call("GET", try IngressCases.url(run))
            try run.expect("3 GET from elsewhere, which do not count", "403 x 3") {
                try run.tally("stranger", call, times: 3)
            }
            try run.expect("5 GET from the ingress", "429 x 3, 200 x 2") {
                try run.tally("ingress", call, times: 5)
            }
            try run.expect("5 GET of a pod of the mesh, counted apart", "429 x 3, 200 x 2") {
                try run.tally("client-1", Self.first, times: 5)
            }
        }
    }

    /// Limits come, change and go, while connections are open.
    private func whileOpen(_ run: PolicyRun) throws {
        try run.given("limits come, change and go") {
            let lines = try TCPTraffic(
                from: run.pod("client-1"), address: Self.echo, to: "echo-limits", isGreeted: false, connections: 4,
                rate: 10)
            try lines.awaitOpen()
            let load = try Traffic(
                from: run.pod("client-2"), method: "GET", url: "http://web-v2.shop/", to: "web-v2", rate: 50)
            try Waiting.until("requests to web-v2") { () -> Void? in
                load.refresh()
                return load.sum.ok > 20 ? () : nil
            }
            let before = try listeners(run)
            for count in [100_000, 200_000] {
                let rest = "  httpRoutes:\n" + LimitManifests.route("/some.*", count, "second")
                try run.apply(
                    AccessManifests.all(
                        LimitManifests.setting("echo", of: "echo", LimitManifests.connections(count, "hour")),
                        LimitManifests.setting("v2", of: "web-v2", LimitManifests.requests(count, "second") + rest)))
                try run.expect("\(count): listeners changed, connections to web-2 that ended", "0, 0") {
                    try changes(run, since: before)
                }
            }
            try run.apply(LimitManifests.setting("other", of: "web-v1", LimitManifests.requests(1, "hour")))
            try run.expect("none: listeners changed, connections to web-2 that ended", "0, 0") {
                try changes(run, since: before)
            }
            let (requests, connections) = (try load.finish(), try lines.finish())
            try run.expect("requests meanwhile: all but those answered 200", "0") { "\(requests.sent - requests.ok)" }
            try run.expect("connections to echo: lost", "0") { "\(connections.lost.values.reduce(0, +))" }
        }
    }

    /// How often listeners of web-2 and echo were changed, and how many connections to web-2 have ended.
    private func listeners(_ run: PolicyRun) throws -> (changes: Int, connections: Int) {
        func sum(_ pod: String, _ name: String) throws -> Int {
            try run.statistics(of: pod, name).values.reduce(0, +)
        }
        let changes = try ["web-2", "echo"].map {
            try sum($0, "listener_manager.listener_(modified|added|in_place_updated)")
        }
        return (changes.reduce(0, +), try sum("web-2", "http.inbound.downstream_cx_destroy$"))
    }

    private func changes(_ run: PolicyRun, since before: (changes: Int, connections: Int)) throws -> String {
        let now = try listeners(run)
        return "\(now.changes - before.changes), \(now.connections - before.connections)"
    }

    private func mistakes(_ run: PolicyRun) throws {
        let limit = LimitManifests.requests(1, "hour")
        let two = AccessManifests.all(
            LimitManifests.setting(
                "a-younger", of: "web-v1", creation: "2024-02-01T00:00:00Z", LimitManifests.requests(1000, "hour")),
            LimitManifests.setting(
                "b-older", of: "web-v1.shop.svc.cluster.local", creation: "2024-01-01T00:00:00Z", limit))
        try run.given("two settings of web-v1", objects: two) {
            try run.expect("3 GET web-v1: the older holds", "429 x 2, 200 x 1") {
                try run.tally("client-1", Self.first, times: 3)
            }
            try run.expectCondition(kind, "shop/a-younger", "Accepted", "False", mentioning: "shop/b-older")
            try run.expectCondition(kind, "shop/b-older", "Programmed", "True Programmed", mentioning: "proxies")
        }
        let others = AccessManifests.all(
            LimitManifests.setting("nobody", of: "nobody.shop.svc.cluster.local", limit),
            LimitManifests.setting("foreign", of: "web-v1.shop.svc.cluster.local", in: "clients", limit),
            LimitManifests.setting("outside", of: "one.outside.test", limit),
            LimitManifests.setting("bad", of: "web-v2", LimitManifests.requests(0, "day")),
            LimitManifests.setting("good", of: "web-v1", limit))
        try run.given("mistakes beside a good setting", objects: others) {
            try run.expectCondition(kind, "shop/nobody", "ResolvedRefs", "False", mentioning: "shop/nobody")
            try run.expectCondition(kind, "clients/foreign", "Accepted", "False", mentioning: "spec.host")
            try run.expectCondition(kind, "shop/outside", "ResolvedRefs", "False", mentioning: "spec.rateLimit")
            try run.expectCondition(kind, "shop/bad", "Accepted", "False", mentioning: "spec.rateLimit.local.http")
            try run.expect("3 GET web-v2, whose setting is bad", "200 x 3") {
                try run.tally("client-1", Call("GET", "http://web-v2.shop/"), times: 3)
            }
            try run.expect("3 GET web-v1, whose setting is good", "429 x 2, 200 x 1") {
                try run.tally("client-1", Self.first, times: 3)
            }
        }
    }
}

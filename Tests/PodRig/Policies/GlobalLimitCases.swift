/// What a service takes, counted for all its pods together by a rate limit server: one of our own, since no other can
/// be had where these tests run.
struct GlobalLimitCases: PolicyCases {
    let kind = "UpstreamTrafficSetting"

    private static let web = "http://web.shop"
    private static let echo = "echo.shop:\(PolicyPods.echoPort)"

    /// What the server counts, by domain and descriptor.
    private static let limits = [
        "shop generic_key=all 3/hour", "shop route=buy 1/hour", "shop user=* 2/hour", "shop group=beta 1/hour",
        "shop remote_address=10.77.6.11 2/hour", "shop generic_key=apex,user=* 1/hour",
        "connections service=echo 2/hour",
    ]

    func run(_ run: PolicyRun) throws {
        try requests(run)
        try entries(run)
        try connections(run)
        try withoutServer(run)
    }

    private func given(
        _ run: PolicyRun, _ situation: String, _ service: String, _ spec: String, _ body: () throws -> Void
    ) throws {
        try run.given(situation) {
            let server = try run.start(
                "rate-limits", in: "tools",
                [run.rig.programs.app, "serve-rate-limits", "--port", "\(LimitManifests.serverPort)"]
                    + Self.limits.flatMap { ["--limit", $0] })
            var log = LogTail(path: server.outputPath)
            try Waiting.until("the rate limit server", explanation: { server.lastErrors() }) { () -> Void? in
                try server.checkRunning()
                return log.newLines().contains { LogFields(line: $0)?["ready"] == "true" } ? () : nil
            }
            try run.apply(LimitManifests.setting("limit", of: "\(service).shop.svc.cluster.local", spec))
            try body()
        }
    }

    private func requests(_ run: PolicyRun) throws {
        let answer = "        enableXRateLimitHeaders: true\n        responseStatusCode: 503\n"
        try given(
            run, "web takes 3 requests an hour, pods together", "web",
            LimitManifests.globalRequests(["{genericKey: {value: all}}"], answer)
        ) {
            try run.expect("8 GET web, which has two pods", "503 x 5, 200 x 3") {
                try run.tally("client-1", Call("GET", "\(Self.web)/"), times: 8)
            }
            try run.expect("what is left", "0") {
                try run.call("client-1", Call("GET", "\(Self.web)/"))[0].headers["x-ratelimit-remaining"] ?? "untold"
            }
            try run.expect("8 GET web-v1, which leads to the same port", "200 x 8") {
                try run.tally("client-1", Call("GET", "http://web-v1.shop/"), times: 8)
            }
        }
        let route =
            "  httpRoutes:\n  - path: /buy/.*\n    rateLimit:\n      global:\n        descriptors:\n"
            + "        - entries: [{genericKey: {key: route, value: buy}}]\n"
        try given(
            run, "web takes 1 request an hour to /buy/.*", "web", LimitManifests.globalRequests([]) + route
        ) {
            try run.expect("3 GET /buy/one", "429 x 2, 200 x 1") {
                try run.tally("client-1", Call("GET", "\(Self.web)/buy/one"), times: 3)
            }
            try run.expect("3 GET /books", "200 x 3") {
                try run.tally("client-1", Call("GET", "\(Self.web)/books"), times: 3)
            }
        }
    }

    private func entries(_ run: PolicyRun) throws {
        func tally(_ pod: String, _ headers: [String], _ times: Int = 4) throws -> String {
            var call = Call("GET", "\(Self.web)/")
            call.headers = headers
            return try run.tally(pod, call, times: times)
        }
        try given(
            run, "a header", "web", LimitManifests.globalRequests(["{requestHeader: {name: x-user, key: user}}"])
        ) {
            try run.expect("4 GET of alice", "200 x 2, 429 x 2") { try tally("client-1", ["x-user: alice"]) }
            try run.expect("2 GET of bob", "200 x 2") { try tally("client-1", ["x-user: bob"], 2) }
            try run.expect("4 GET of nobody", "200 x 4") { try tally("client-1", []) }
        }
        try given(run, "the client's address", "web", LimitManifests.globalRequests(["{remoteAddress: {}}"])) {
            try run.expect("4 GET of client-1", "200 x 2, 429 x 2") { try tally("client-1", []) }
            try run.expect("4 GET of client-2", "200 x 4") { try tally("client-2", []) }
        }
        let match =
            "{headerValueMatch: {key: group, value: beta, headers: [{name: x-group, prefix: be}, "
            + "{name: x-group, regex: '[a-z]+'}]}}"
        try given(run, "headers that fit", "web", LimitManifests.globalRequests([match])) {
            try run.expect("4 GET of beta", "429 x 3, 200 x 1") { try tally("client-1", ["x-group: beta"]) }
            try run.expect("4 GET of be1", "200 x 4") { try tally("client-1", ["x-group: be1"]) }
        }
        let misfit =
            "{headerValueMatch: {key: group, value: beta, expectMatch: false, headers: [{name: x-group, present: true}]}}"
        try given(run, "headers that do not fit", "web", LimitManifests.globalRequests([misfit])) {
            try run.expect("4 GET without it", "429 x 3, 200 x 1") { try tally("client-1", []) }
            try run.expect("4 GET with it", "200 x 4") { try tally("client-1", ["x-group: any"]) }
        }
        let both = "{genericKey: {value: apex}}, {requestHeader: {name: x-user, key: user}}"
        try given(run, "a fixed value and a header", "web", LimitManifests.globalRequests([both])) {
            try run.expect("2 GET of alice", "200 x 1, 429 x 1") { try tally("client-1", ["x-user: alice"], 2) }
            try run.expect("1 GET of bob", "200 x 1") { try tally("client-1", ["x-user: bob"], 1) }
        }
    }

    private func connections(_ run: PolicyRun) throws {
        try given(
            run, "echo takes 2 connections an hour", "echo",
            LimitManifests.globalConnections(["{key: service, value: echo}"])
        ) {
            for (number, expected) in [(1, "answered by echo"), (2, "answered by echo"), (3, "no answer")] {
                try run.expect("connection \(number) to echo", expected) { try run.line("client-1", Self.echo) }
            }
        }
    }

    private func withoutServer(_ run: PolicyRun) throws {
        for (isOpen, status, answer) in [(true, "200", "answered by echo"), (false, "500", "no answer")] {
            let mode = "        failOpen: \(isOpen)\n"
            let objects = AccessManifests.all(
                LimitManifests.setting(
                    "web", of: "web", LimitManifests.globalRequests(["{genericKey: {value: all}}"], mode)),
                LimitManifests.setting(
                    "echo", of: "echo", LimitManifests.globalConnections(["{key: service, value: echo}"], mode)))
            try run.given("no rate limit server, failOpen \(isOpen)", objects: objects) {
                try run.expect("GET web", status) { try run.get("client-1", "\(Self.web)/") }
                try run.expect("a connection to echo", answer) { try run.line("client-1", Self.echo) }
                try run.expectCondition(kind, "shop/web", "Programmed", "True Programmed", mentioning: "proxies")
            }
        }
        let mode = "        failOpen: false\n"
        let other = LimitManifests.globalRequests(["{genericKey: {value: all}}"], mode)
            .replacing(LimitManifests.serverHost, with: "nobody.invalid")
        try run.given(
            "a rate limit server whose name nobody knows, failOpen false",
            objects: LimitManifests.setting("web", of: "web", other)
        ) {
            try run.expect("GET web", "500") { try run.get("client-1", "\(Self.web)/") }
            try run.expect("GET web-v1", "200") { try run.get("client-1", "http://web-v1.shop/") }
            try run.expectCondition(kind, "shop/web", "Programmed", "True Programmed", mentioning: "proxies")
        }
    }
}

import Foundation

/// How clients connect to a service.
struct SettingCases: PolicyCases {
    let kind = "UpstreamTrafficSetting"

    private static let v1 = "http://web-v1.shop"
    private static let v2 = "http://web-v2.shop"

    func run(_ run: PolicyRun) throws {
        try runLimits(run)
        try runTimes(run)
        try runOutliers(run)
        try runHashes(run)
        try runRetryBudget(run)
        try runMistakes(run)
    }

    private func runLimits(_ run: PolicyRun) throws {
        let slow = Call("GET", "\(Self.v1)/delay/1500")
        let one = setting("connectionSettings: {tcp: {maxConnections: 1}, http: {maxPendingRequests: 1}}")
        try run.given("maxConnections 1, maxPendingRequests 1", objects: one) {
            var log = try run.accessLog(of: "client-1")
            // The second waits for a connection, unless it comes while the first still does.
            try run.expect("10 requests at once", "200 x 2 or 1, 503 for the others", where: Self.isOverflow(of: 1)) {
                try run.tally("client-1", slow, times: 10, isAtOnce: true)
            }
            try run.expect("what the client's proxy says of one", "flags UO") {
                try run.line(with: "\"UO\"", in: &log) == nil ? "no such line" : "flags UO"
            }
            try run.expect("10 requests at once to another service", "200 x 10") {
                try run.tally("client-1", Call("GET", "\(Self.v2)/delay/300"), times: 10, isAtOnce: true)
            }
        }
        try run.given("maxRequests 1", objects: setting("connectionSettings: {http: {maxRequests: 1}}")) {
            try run.expect("10 requests at once", "200 x 1, 503 x 9", where: Self.isOverflow(of: 1)) {
                try run.tally("client-1", slow, times: 10, isAtOnce: true)
            }
        }
        let once = setting("connectionSettings: {http: {maxRequestsPerConnection: 1}}")
        try run.given("maxRequestsPerConnection 1", objects: once) {
            try run.expect("connections for 6 requests", "6") {
                let before = try connections(run)
                _ = try run.tally("client-1", Call("GET", "\(Self.v1)/"), times: 6)
                return try "\(connections(run) - before)"
            }
        }
    }

    private func runTimes(_ run: PolicyRun) throws {
        try run.given("requestTimeout 300 ms", objects: setting("connectionSettings: {http: {requestTimeout: 300ms}}"))
        {
            try run.expect("GET that takes a second", "504") { try run.get("client-1", "\(Self.v1)/delay/1000") }
            try run.expect("GET", "200") { try run.get("client-1", "\(Self.v1)/") }
            try run.expect("another service that takes a second", "200") {
                try run.get("client-1", "\(Self.v2)/delay/1000")
            }
        }
        try run.given("connectTimeout 200 ms", objects: setting("connectionSettings: {tcp: {connectTimeout: 200ms}}")) {
            let pod = try run.pod("web-1")
            pod.pauseEnvoy()
            run.atEnd { pod.resumeEnvoy() }
            // Three times 200 ms; without the setting three times 5 seconds, and the call gives up first.
            try run.expect("GET of a pod that does not answer", "503") { try run.get("client-1", "\(Self.v1)/") }
        }
        let idle = setting("connectionSettings: {tcp: {idleTimeout: 300ms}}", of: "echo")
        try run.given("idleTimeout 300 ms", objects: idle) {
            try run.expect("a line to echo", "answered by echo") {
                try run.line("client-1", "echo.shop:\(PolicyPods.echoPort)")
            }
        }
    }

    private func runOutliers(_ run: PolicyRun) throws {
        let detection = setting(
            "outlierDetection: {consecutive5xx: 3, interval: 200ms, baseEjectionTime: 60s}", of: "web")
        try run.given("outlier detection, web-1 answers 503", objects: detection) {
            try setHealth(run, 503)
            _ = try run.tally("client-1", Call("GET", "http://web.shop/health"), times: 20)
            try run.expect("20 requests", "web-2 x 20") {
                try run.tally("client-1", Call("GET", "http://web.shop/"), times: 20, by: { $0.app ?? $0.text })
            }
        }
        let none = setting("outlierDetection: {consecutiveGatewayErrors: 3, maxEjectionPercent: 0}", of: "web")
        try run.given("outlier detection of 0 percent, web-1 answers 503", objects: none) {
            try setHealth(run, 503)
            try run.expect("20 requests", "200 x 10, 503 x 10") {
                try run.tally("client-1", Call("GET", "http://web.shop/health"), times: 20)
            }
        }
    }

    private func runHashes(_ run: PolicyRun) throws {
        let header = setting("loadBalancing: {policy: ringHash, hash: {header: x-user}}", of: "web")
        try run.given("ring hash of a header", objects: header) {
            try run.expect("20 requests of one user", "one pod") { try pods(run, users: ["anna"], times: 20) }
            try run.expect("20 users", "both pods") { try pods(run, users: (1...20).map { "user-\($0)" }) }
        }
        let cookie = setting("loadBalancing: {policy: ringHash, hash: {cookie: {name: seat, ttl: 60s}}}", of: "web")
        try run.given("ring hash of a cookie", objects: cookie) {
            try run.expect("20 requests with the cookie of the first answer", "one pod") {
                let first = try run.call("client-1", Call("GET", "http://web.shop/"))[0]
                guard let seat = first.headers["set-cookie"]?.prefix(while: { $0 != ";" }), let app = first.app else {
                    return "no cookie in \(first.headers)"
                }
                var calls = Call("GET", "http://web.shop/")
                (calls.headers, calls.times) = (["cookie: \(seat)"], 20)
                let apps = Set(try run.call("client-1", calls).map { $0.app ?? $0.text })
                return apps == [app] ? "one pod" : "\(apps.sorted()) after \(app)"
            }
        }
        let source = setting("loadBalancing: {policy: ringHash, hash: {sourceIP: true}}", of: "web")
        try run.given("ring hash of the client's address", objects: source) {
            try run.expect("20 requests of one client", "one pod") { try pods(run, users: ["anna"], times: 20) }
        }
        try runLeastRequest(run)
        try runZones(run)
    }

    /// While web-1 alone is ready it gets requests that take long; then web-2 comes.
    private func runLeastRequest(_ run: PolicyRun) throws {
        func share(_ policy: String) throws -> Int {
            try endpoints(run, unready: ["web-2"])
            let load = try Traffic(
                from: run.pod("client-1"), method: "GET", url: "http://web.shop/delay/60000", to: "web-\(policy)",
                rate: 100)
            try Waiting.until("8 requests under way at web-1") { () -> Void? in
                let active = try run.statistics(of: "client-1", "shop/web.14001.upstream_rq_active").values
                return active.reduce(0, +) == 8 ? () : nil
            }
            try endpoints(run)
            let answers = try run.tally(
                "client-1", Call("GET", "http://web.shop/"), times: 200, by: { $0.app ?? $0.text })
            _ = RunningProgram.stop(load.programs)
            return PolicyRun.number(of: "web-2", in: answers)
        }
        // Of two pods chosen at random the one with fewer: at most a quarter of the requests does not see web-2.
        for (policy, expected) in [("leastRequest", 125...200), ("roundRobin", 90...110)] {
            let object = setting("loadBalancing: {policy: \(policy)}", of: "web")
            try run.given("\(policy), 8 requests under way at web-1", objects: object) {
                try run.expect(
                    "of 200 further requests, those to web-2", "\(expected.lowerBound) to \(expected.upperBound)",
                    where: { Int($0).map(expected.contains) == true }
                ) { try "\(share(policy))" }
            }
        }
    }

    private func runZones(_ run: PolicyRun) throws {
        let near = setting("loadBalancing: {preferLocality: true}", of: "web")
        try run.given("its own zone first", objects: near) {
            let pods = try run.rig.manifests.text(of: "pods.yaml")
            let client = "  name: client-1\n  namespace: clients\n"
            guard let place = pods.range(of: client), let labels = pods[place.upperBound...].range(of: "  labels:\n")
            else { throw RigError(.file, "pods.yaml has no labels of client-1") }
            var changed = pods
            changed.insert(contentsOf: "    topology.kubernetes.io/zone: east\n", at: labels.upperBound)
            try run.apply(changed, to: "pods.yaml")
            try endpoints(run, zones: ["web-1": "west", "web-2": "east"])
            try run.expect("20 requests of a client in the zone of web-2", "web-2 x 20") {
                try run.tally("client-1", Call("GET", "http://web.shop/"), times: 20, by: { $0.app ?? $0.text })
            }
            try run.expect("20 requests of a client whose zone is unknown", "web-1 x 10, web-2 x 10") {
                try run.tally("client-2", Call("GET", "http://web.shop/"), times: 20, by: { $0.app ?? $0.text })
            }
            try endpoints(run, zones: ["web-1": "west", "web-2": "north"])
            try run.expect("no pod in its zone: 20 requests", "web-1 x 10, web-2 x 10") {
                try run.tally("client-1", Call("GET", "http://web.shop/"), times: 20, by: { $0.app ?? $0.text })
            }
        }
    }

    private func runRetryBudget(_ run: PolicyRun) throws {
        let retry =
            PolicyManifests.head("policy.openservicemesh.io/v1alpha1", "Retry", "retry") + """
                spec:
                  source:
                    kind: ServiceAccount
                    name: client-1
                    namespace: clients
                  destinations:
                    - kind: Service
                      name: web-v1
                      namespace: shop
                  retryPolicy:
                    retryOn: 5xx
                    numRetries: 3

                """
        let none = setting("retryBudget: {percent: 0, minConcurrency: 0}")
        try run.given("a retry budget of nothing beside a Retry", objects: AccessManifests.all(retry, none)) {
            try run.expect("GET that fails once", "503") { try run.get("client-1", "\(Self.v1)/fail/1/budget") }
            try run.apply(AccessManifests.all(retry, setting("retryBudget: {percent: 100}")))
            try run.expect("a budget of all: GET that fails once", "200") {
                try run.get("client-1", "\(Self.v1)/fail/1/more-budget")
            }
        }
    }

    private func runMistakes(_ run: PolicyRun) throws {
        let older = setting("connectionSettings: {http: {requestTimeout: 300ms}}", name: "older", age: 1)
        let newer = setting("connectionSettings: {http: {requestTimeout: 5s}}", name: "a-newer", age: 2)
        try run.given("two for one service", objects: AccessManifests.all(newer, older)) {
            try run.expectCondition(kind, "shop/a-newer", "Accepted", "False Conflicted", mentioning: "shop/older")
            try run.expect("GET that takes a second, as the older one says", "504") {
                try run.get("client-1", "\(Self.v1)/delay/1000")
            }
        }
        let bad = setting("connectionSettings: {tcp: {connectTimeout: soon}, http: {requestTimeout: 300ms}}")
        try run.given("a time that is none", objects: bad) {
            try run.expectCondition(kind, "shop/web-v1", "Accepted", "False Invalid", mentioning: "connectTimeout")
            try run.expect("GET that takes half a second", "200") { try run.get("client-1", "\(Self.v1)/delay/500") }
        }
        let requests = setting("connectionSettings: {http: {requestTimeout: 1s}}", of: "echo")
        try run.given("requests to a service of connections", objects: requests) {
            try run.expectCondition(
                kind, "shop/echo", "ResolvedRefs", "False RefNotUsable", mentioning: "spec.connectionSettings.http")
        }
    }

    // MARK: What the cases need

    private func setting(_ line: String, of service: String = "web-v1", name: String? = nil, age: Int? = nil) -> String
    {
        SettingManifests.setting(line, of: service, name: name, age: age)
    }

    private func setHealth(_ run: PolicyRun, _ status: Int) throws {
        try SettingManifests.setHealth(run, of: "web-1", status)
    }

    /// How many connections the proxy of client-1 has made to web-v1.
    private func connections(_ run: PolicyRun) throws -> Int {
        try run.statistics(of: "client-1", "web-v1.14001.upstream_cx_total").values.reduce(0, +)
    }

    /// Which pods answer users, told apart by a header.
    private func pods(_ run: PolicyRun, users: [String], times: Int = 1) throws -> String {
        var apps: Set<String> = []
        for user in users {
            var call = Call("GET", "http://web.shop/")
            (call.headers, call.times) = (["x-user: \(user)"], times)
            apps.formUnion(try run.call("client-1", call).map { $0.app ?? $0.text })
        }
        return apps == ["web-1", "web-2"] ? "both pods" : apps.count == 1 ? "one pod" : "\(apps.sorted())"
    }

    /// Writes the endpoints, with the zones of some, and with some that are not ready.
    private func endpoints(_ run: PolicyRun, zones: [String: String] = [:], unready: [String] = []) throws {
        try run.rig.publishEndpoints()
        var text = try run.rig.manifests.text(of: "endpoints.yaml")
        func reference(_ pod: String) -> String {
            "    targetRef:\n      kind: Pod\n      namespace: shop\n      name: \(pod)\n"
        }
        for (pod, zone) in zones { text = text.replacing(reference(pod), with: "    zone: \(zone)\n\(reference(pod))") }
        for pod in unready {
            let ready = "      ready: true\n" + reference(pod)
            text = text.replacing(ready, with: ready.replacing("true", with: "false"))
        }
        try run.apply(text, to: "endpoints.yaml")
    }

    private static func isOverflow(of most: Int) -> (String) -> Bool {
        { tally in
            let (good, refused) = (PolicyRun.number(of: "200", in: tally), PolicyRun.number(of: "503", in: tally))
            // On a busy machine the first may be done before the last begins.
            return good + refused == 10 && good >= most && refused >= 5
        }
    }
}

/// Manifests of settings.
enum SettingManifests {
    /// A setting of a service in `shop`; `line` is a field of its spec.
    static func setting(_ line: String, of service: String, name: String? = nil, age: Int? = nil) -> String {
        let time = age.map { "  creationTimestamp: \"2026-01-0\($0)T00:00:00Z\"\n" } ?? ""
        return PolicyManifests.head("policy.openservicemesh.io/v1alpha1", "UpstreamTrafficSetting", name ?? service)
            + time + "spec:\n  host: \(service).shop.svc.cluster.local\n  \(line)\n"
    }

    /// Sets what the application of a pod answers to `/health`, until the situation ends.
    static func setHealth(_ run: PolicyRun, of pod: String, _ status: Int) throws {
        func set(_ status: Int) throws {
            let place = "http://127.0.0.1:\(PolicyPods.httpPort)/set-health/\(status)"
            _ = try run.call(pod, Call("GET", place))
        }
        run.atEnd { try set(200) }
        try set(status)
    }
}

/// Which requests of a client are tried again.
///
/// `/fail/COUNT/…` answers the first COUNT requests for it with 503, and the application counts what is delivered.
struct RetryCases: PolicyCases {
    let kind = "Retry"

    private static let v1 = "http://web-v1.shop"

    func run(_ run: PolicyRun) throws {
        try runWithout(run)
        try run.given("5xx, 3 times", objects: retry()) {
            try run.expect("GET that fails twice", "200") { try run.get("client-1", "\(Self.v1)/fail/2/a") }
            try run.expect("how often it was delivered", "3") { try delivered(run, "/fail/2/a") }
            try run.expect("GET that fails 4 times", "503") { try run.get("client-1", "\(Self.v1)/fail/4/b") }
            try run.expect("how often that was delivered", "4") { try delivered(run, "/fail/4/b") }
            try run.expect("a POST that fails once, asked for like any other", "200") {
                try status(run, "POST", "\(Self.v1)/fail/1/c")
            }
            try run.expect("of another client", "503") { try run.get("client-2", "\(Self.v1)/fail/1/d") }
            try run.expect("how often that was delivered", "1") { try delivered(run, "/fail/1/d") }
            try run.expect("to another service", "503") { try run.get("client-1", "http://web-v2.shop/fail/1/e") }
            try run.apply(retry(attempts: 5))
            try run.expect("edited to 5: GET that fails 5 times", "200") {
                try run.get("client-1", "\(Self.v1)/fail/5/f")
            }
        }
        try runNumbers(run)
        try runConditions(run)
        try runDestinations(run)
        try runMistakes(run)
    }

    private func runWithout(_ run: PolicyRun) throws {
        try run.given("without a Retry") {
            try run.expect("a POST that fails once", "503") { try status(run, "POST", "\(Self.v1)/fail/1/g") }
            try run.expect("how often it was delivered", "1") { try delivered(run, "/fail/1/g") }
        }
    }

    private func runNumbers(_ run: PolicyRun) throws {
        try run.given("numRetries 0", objects: retry(attempts: 0)) {
            try run.expect("GET that fails once", "503") { try run.get("client-1", "\(Self.v1)/fail/1/h") }
            try run.expect("how often it was delivered", "1") { try delivered(run, "/fail/1/h") }
            try stopping("web-1", run) {
                try run.expect("one of two applications is down: 20 requests", "200 x 20") {
                    try run.tally("client-1", Call("POST", "http://web.shop/"), times: 20)
                }
            }
        }
        try run.given("numRetries 1", objects: retry(attempts: 1)) {
            try run.expect("GET that fails 3 times", "503") { try run.get("client-1", "\(Self.v1)/fail/3/i") }
            try run.expect("how often it was delivered", "2") { try delivered(run, "/fail/3/i") }
        }
    }

    private func runConditions(_ run: PolicyRun) throws {
        try run.given("gateway-error", objects: retry("gateway-error")) {
            try run.expect("GET that fails with 500", "500") { try run.get("client-1", "\(Self.v1)/fail/1/j/500") }
            try run.expect("GET that fails with 502", "200") { try run.get("client-1", "\(Self.v1)/fail/1/k/502") }
        }
        let codes = retry("retriable-status-codes", more: "    retriableStatusCodes: [418]\n")
        try run.given("retriable-status-codes 418", objects: codes) {
            try run.expect("GET that fails with 418", "200") { try run.get("client-1", "\(Self.v1)/fail/1/l/418") }
            try run.expect("GET that fails with 503", "503") { try run.get("client-1", "\(Self.v1)/fail/1/m") }
        }
        let impatient = retry(attempts: 3, more: "    perTryTimeout: 300ms\n")
        try run.given("perTryTimeout 300 ms", objects: impatient) {
            try run.expect("GET that takes a second", "504") { try run.get("client-1", "\(Self.v1)/delay/1000/n") }
            try run.expect("how often it was delivered", "4") { try delivered(run, "/delay/1000/n") }
        }
    }

    private func runDestinations(_ run: PolicyRun) throws {
        try run.given("every service of the namespace", objects: retry(to: [("*", "shop")])) {
            try run.expect("GET web-v1 that fails once", "200") { try run.get("client-1", "\(Self.v1)/fail/1/o") }
            try run.expect("GET web-v2 that fails once", "200") {
                try run.get("client-1", "http://web-v2.shop/fail/1/o")
            }
        }
        let exact = retry(attempts: 0, name: "exact", creation: "2026-02-01T00:00:00Z")
        let all = retry(to: [("*", "*")], name: "all", creation: "2026-01-01T00:00:00Z")
        try run.given("every service, but none for web-v1", objects: AccessManifests.all(all, exact)) {
            try run.expect("GET web-v1 that fails once", "503") { try run.get("client-1", "\(Self.v1)/fail/1/p") }
            try run.expect("GET web-v2 that fails once", "200") {
                try run.get("client-1", "http://web-v2.shop/fail/1/p")
            }
        }
        let split = AccessManifests.split("web", of: "web", [("web-v1", 100)])
        try run.given("of an apex", objects: AccessManifests.all(split, retry(to: [("web", "shop")]))) {
            try run.expect("GET web that fails once", "200") { try run.get("client-1", "http://web.shop/fail/1/q") }
            try run.expect("GET its backend that fails once", "503") {
                try run.get("client-1", "\(Self.v1)/fail/1/r")
            }
        }
    }

    private func runMistakes(_ run: PolicyRun) throws {
        let older = retry(name: "older", creation: "2026-01-01T00:00:00Z")
        let newer = retry(attempts: 0, name: "a-newer", creation: "2026-01-02T00:00:00Z")
        try run.given("two for one destination", objects: AccessManifests.all(newer, older)) {
            try run.expectCondition(kind, "shop/a-newer", "Accepted", "False Conflicted", mentioning: "shop/older")
            try run.expect("GET that fails once, as the older one says", "200") {
                try run.get("client-1", "\(Self.v1)/fail/1/s")
            }
        }
        try run.given("a missing destination", objects: retry(to: [("missing", "shop"), ("web-v1", "shop")])) {
            try run.expectCondition(kind, "shop/retry", "ResolvedRefs", "False RefNotFound", mentioning: "missing")
            try run.expect("GET the other that fails once", "200") { try run.get("client-1", "\(Self.v1)/fail/1/t") }
        }
        try run.given("a destination without requests", objects: retry(to: [("echo", "shop")])) {
            try run.expectCondition(
                kind, "shop/retry", "ResolvedRefs", "False RefNotFound", mentioning: "spec.destinations[0]")
            try run.expect("a line to it", "answered by echo") {
                try run.line("client-1", "echo.shop:\(PolicyPods.echoPort)")
            }
        }
        try run.given("an unknown word", objects: retry("5xx,always")) {
            try run.expectCondition(kind, "shop/retry", "Accepted", "False Invalid", mentioning: "retryOn")
            try run.expect("GET that fails once", "503") { try run.get("client-1", "\(Self.v1)/fail/1/u") }
        }
    }

    // MARK: What the cases need

    /// A Retry of client-1.
    private func retry(
        _ conditions: String = "5xx", attempts: Int = 3, to destinations: [(name: String, namespace: String)] = [],
        more: String = "", name: String = "retry", creation: String? = nil
    ) -> String {
        let time = creation.map { "  creationTimestamp: \"\($0)\"\n" } ?? ""
        let named = destinations.isEmpty ? [("web-v1", "shop")] : destinations
        let lines = named.map {
            "    - kind: Service\n      name: \"\($0.0)\"\n      namespace: \"\($0.1)\"\n"
        }
        return PolicyManifests.head("policy.openservicemesh.io/v1alpha1", "Retry", name) + time
            + "spec:\n  source:\n    kind: ServiceAccount\n    name: client-1\n    namespace: clients\n"
            + "  destinations:\n" + lines.joined() + "  retryPolicy:\n    retryOn: \(conditions)\n"
            + "    numRetries: \(attempts)\n    retryBackoffBaseInterval: 2ms\n" + more
    }

    private func status(_ run: PolicyRun, _ method: String, _ url: String) throws -> String {
        try run.call("client-1", Call(method, url))[0].text
    }

    /// How many requests for a path the application of web-1 got.
    private func delivered(_ run: PolicyRun, _ path: String) throws -> String {
        let place = "http://127.0.0.1:\(PolicyPods.httpPort)/count-of\(path)"
        return try run.call("web-1", Call("GET", place))[0].body ?? "none"
    }

    private func stopping(_ pod: String, _ run: PolicyRun, _ body: () throws -> Void) throws {
        let running = try run.pod(pod)
        run.atEnd {
            try running.startApplication()
            try run.rig.awaitReadiness()
        }
        running.stopApplication()
        try body()
    }
}

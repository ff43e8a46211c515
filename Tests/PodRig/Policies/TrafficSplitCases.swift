/// Which version answers.
struct TrafficSplitCases: PolicyCases {
    let kind = "TrafficSplit"

    private static let web = Call("GET", "http://web.shop/")

    func run(_ run: PolicyRun) throws {
        try run.given("100 to 0", objects: split([("web-v1", 100), ("web-v2", 0)])) {
            try run.expect("20 requests", "web-1 x 20") { try run.tally("client-1", Self.web, times: 20, by: \.server) }
            try run.apply(split([("web-v1", 0), ("web-v2", 100)]))
            try run.expect("turned over: 20 requests", "web-2 x 20") {
                try run.tally("client-1", Self.web, times: 20, by: \.server)
            }
        }
        try run.given("75 to 25", objects: split([("web-v1", 75), ("web-v2", 25)])) {
            // Seven standard deviations: once in more than 10^11 runs it is not so.
            try run.expect(
                "200 requests", "web-1 x 107 to 193",
                where: { (107...193).contains(PolicyRun.number(of: "web-1", in: $0)) }
            ) {
                try run.tally("client-1", Self.web, times: 200, by: \.server)
            }
        }
        let matched = AccessManifests.split("web", of: "web-v1", [("web-v2", 100)], matches: ["beta"])
        let group = AccessManifests.group("beta", "    - name: beta\n      headers:\n        - x-beta: \"1\"\n")
        try run.given("matches", objects: AccessManifests.all(matched, group)) {
            try run.expect("a request that matches", "200 web-2") {
                try run.getAnswer("client-1", "http://web-v1.shop/", headers: ["x-beta: 1"])
            }
            try run.expect("one that does not", "200 web-1") { try run.getAnswer("client-1", "http://web-v1.shop/") }
        }
        try runMistakes(run)
    }

    private func runMistakes(_ run: PolicyRun) throws {
        let older = AccessManifests.split(
            "older", of: "web", [("web-v1", 1)], creation: "2026-01-01T00:00:00Z")
        let newer = AccessManifests.split(
            "a-newer", of: "web", [("web-v2", 1)], creation: "2026-01-02T00:00:00Z")
        try run.given("two for one service", objects: AccessManifests.all(newer, older)) {
            try run.expectCondition(kind, "shop/a-newer", "Accepted", "False Conflicted", mentioning: "shop/older")
            try run.expect("20 requests, as the older one says", "web-1 x 20") {
                try run.tally("client-1", Self.web, times: 20, by: \.server)
            }
        }
        try run.given("a missing backend", objects: split([("web-v1", 50), ("missing", 50)])) {
            try run.expectCondition(kind, "shop/web", "ResolvedRefs", "False RefNotFound", mentioning: "missing")
            try run.expect("20 requests", "web-1 x 20") { try run.tally("client-1", Self.web, times: 20, by: \.server) }
        }
        try run.given("all weights zero", objects: split([("web-v1", 0), ("web-v2", 0)])) {
            try run.expectCondition(kind, "shop/web", "Accepted", "False Invalid", mentioning: "spec.backends")
            try run.expect("a request", "200") { try run.get("client-1", "http://web.shop/") }
        }
    }

    private func split(_ weights: [(service: String, weight: Int)]) -> String {
        AccessManifests.split("web", of: "web", weights)
    }
}

extension Call.Answer {
    /// Who answered, or how it ended.
    fileprivate var server: String { app ?? text }
}

extension IngressCases {
    private typealias M = IngressManifests

    func runConflicts(_ run: PolicyRun) throws {
        let (first, second) = ("10.77.8.1/32", "10.77.8.2/32")
        let services = [
            M.object([M.backend()], from: [M.range(first)]), "---\n",
            M.object(named: "v1", [M.backend("web-v1")], from: [M.range(second)]),
        ].joined()
        try run.given("two services of a pod on one port", objects: services) {
            try run.expect("web-1 as either allows: from the first", "200") { try run.get("ingress", Self.url(run)) }
            try run.expect("web-1 as either allows: from the second", "200") { try run.get("stranger", Self.url(run)) }
            try run.expect("web-2, which only the first selects: from the second", "403") {
                try run.get("stranger", Self.url(run, "web-2"))
            }
        }
        let rivals = [
            M.object(named: "a-younger", creation: "2026-02-01T00:00:00Z", [M.backend()], from: [M.range(second)]),
            "---\n",
            M.object(named: "b-older", [M.backend()], from: [M.range(first)]),
        ].joined()
        try run.given("two objects for a port of a service", objects: rivals) {
            try run.expectCondition(
                kind, "shop/a-younger", "Accepted", "False Conflicted", mentioning: "shop/b-older")
            try run.expectCondition(kind, "shop/b-older", "Ready", "True Ready", mentioning: "2/2 proxies")
            try run.expect("from the older's source", "200") { try run.get("ingress", Self.url(run)) }
            try run.expect("from the younger's source", "403") { try run.get("stranger", Self.url(run)) }
            try run.apply(M.object(named: "a-younger", [M.backend()], from: [M.range(second)]))
            try run.expect("the older deleted: from the younger's source", "200") {
                try run.get("stranger", Self.url(run))
            }
            try run.expect("the older deleted: from its source", "403") { try run.get("ingress", Self.url(run)) }
        }
        let elsewhere = M.object(in: "clients", [M.backend()], from: [M.range("0.0.0.0/0")])
        try run.given("an object for a service of that name in another namespace", objects: elsewhere) {
            try run.expect("GET in plain text", "no response") { try run.get("ingress", Self.url(run)) }
            try run.expectCondition(
                kind, "clients/web", "ResolvedRefs", "False RefNotFound", mentioning: "clients/web")
        }
    }

    func runMistakes(_ run: PolicyRun) throws {
        let wrongPort = M.object([M.backend("web", 80)], from: [M.service()])
        try run.given("the Service's port for that of its pods", objects: wrongPort) {
            try run.expectCondition(
                kind, "shop/web", "ResolvedRefs", "False RefNotUsable",
                mentioning: "port 80 leads to \(PolicyPods.httpPort)")
            try run.expect("GET", "no response") { try run.get("ingress", Self.url(run)) }
        }
        let absent = M.object(
            [M.backend(), M.backend("absent")], from: [M.service("absent"), M.range("10.77.8.2/32")])
        try run.given("a backend and a source that are not there, beside good ones", objects: absent) {
            try run.expectCondition(kind, "shop/web", "ResolvedRefs", "False RefNotFound", mentioning: "shop/absent")
            try run.expect("GET from the good source", "200") { try run.get("stranger", Self.url(run)) }
        }
        let unproven = M.object([M.backend()], from: [M.principal(Self.principal)])
        try run.given("a principal for http", objects: unproven) {
            try run.expectCondition(
                kind, "shop/web", "ResolvedRefs", "False RefNotUsable", mentioning: "nobody may call web")
            try run.expect("GET", "403") { try run.get("ingress", Self.url(run)) }
        }
        let bad = [
            M.object(named: "bad", [M.backend("web", PolicyPods.httpPort, "tcp")], from: [M.range("10.77.8.1")]),
            "---\n",
            M.object(named: "good", [M.backend()], from: [M.range("10.77.8.2/32")]),
        ].joined()
        try run.given("a bad protocol and a bad range, beside a good object", objects: bad) {
            try run.expectCondition(
                kind, "shop/bad", "Accepted", "False Invalid", mentioning: "spec.backends[0].port.protocol")
            try run.expect("GET from the good one's source", "200") { try run.get("stranger", Self.url(run)) }
            try run.expect("GET from the bad one's source", "403") { try run.get("ingress", Self.url(run)) }
        }
    }
}

/// Who may call whom.
struct TrafficTargetCases: PolicyCases {
    let kind = "TrafficTarget"

    private static let web = "http://web.shop"
    private static let group = AccessManifests.group(
        "routes", "    - name: books\n      pathRegex: /books\n    - name: prices\n      pathRegex: /prices\n")

    func run(_ run: PolicyRun) throws {
        try run.given(
            "a group", objects: AccessManifests.all(target([("HTTPRouteGroup", "routes", [])]), Self.group),
            mesh: AccessManifests.smi
        ) {
            try run.expect("GET /books of the source", "200") { try run.get("client-1", "\(Self.web)/books") }
            try run.expect("GET /other of the source", "403") { try run.get("client-1", "\(Self.web)/other") }
            try run.expect("GET /books of another", "no response") { try run.get("client-2", "\(Self.web)/books") }
            try run.expect("GET /books with the source's certificate, past its proxy", "200") {
                try pastTheProxy(run, as: "client-1")
            }
            try run.expect("GET /books with another's certificate, past its proxy", "403") {
                try pastTheProxy(run, as: "client-2")
            }
        }
        try run.given(
            "a match of a group",
            objects: AccessManifests.all(target([("HTTPRouteGroup", "routes", ["books"])]), Self.group),
            mesh: AccessManifests.smi
        ) {
            try run.expect("GET /books", "200") { try run.get("client-1", "\(Self.web)/books") }
            try run.expect("GET /prices", "403") { try run.get("client-1", "\(Self.web)/prices") }
        }
        try runBothKinds(run)
        try runMistakes(run)
    }

    private func runBothKinds(_ run: PolicyRun) throws {
        let rules = [("HTTPRouteGroup", "routes", [String]()), ("TCPRoute", "ports", [])]
        let ports = AccessManifests.route("ports", ports: [PolicyPods.otherHTTPPort])
        try run.given(
            "a group and a TCPRoute", objects: AccessManifests.all(target(rules), Self.group, ports),
            mesh: AccessManifests.smi
        ) {
            try run.expect("GET /books on the listed port", "200") {
                try run.get("client-1", "\(Self.web):\(PolicyPods.otherHTTPPort)/books")
            }
            try run.expect("GET /books on another port", "no response") {
                try run.get("client-1", "\(Self.web)/books")
            }
        }
    }

    private func runMistakes(_ run: PolicyRun) throws {
        let rules = [("HTTPRouteGroup", "routes", [String]()), ("HTTPRouteGroup", "missing", [])]
        try run.given(
            "a missing group beside a good one", objects: AccessManifests.all(target(rules), Self.group),
            mesh: AccessManifests.smi
        ) {
            try run.expectCondition(kind, "shop/web", "ResolvedRefs", "False RefNotFound", mentioning: "missing")
            try run.expect("GET /books", "200") { try run.get("client-1", "\(Self.web)/books") }
        }
        let none = AccessManifests.target("web", from: [], [("HTTPRouteGroup", "routes", [])])
        try run.given("no sources", objects: AccessManifests.all(none, Self.group), mesh: AccessManifests.smi) {
            try run.expectCondition(kind, "shop/web", "Accepted", "False Invalid", mentioning: "spec.sources")
            try run.expect("GET /books", "no response") { try run.get("client-1", "\(Self.web)/books") }
        }
    }

    private func target(_ rules: [(kind: String, name: String, matches: [String])]) -> String {
        AccessManifests.target("web", from: ["client-1"], rules)
    }

    private func pastTheProxy(_ run: PolicyRun, as account: String) throws -> String {
        let address = try run.pod("web-1").specification.address
        let tls =
            try run.certificate(of: account, in: "clients") + ["--sni", "web.shop.svc.cluster.local", "--alpn", "osm"]
        return try run.get("stranger", "https://\(address):\(PolicyPods.httpPort)/books", tls: tls)
    }
}

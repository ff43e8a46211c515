/// How hosts outside the mesh are connected to.
extension EgressCases {
    func settings(_ run: PolicyRun) throws {
        let policy = Self.policy(
            "web", hosts: ["one.outside.test"], ports: [(80, "http"), (8080, "http")], setting: "careful")
        let other = Self.policy("other", hosts: ["two.outside.test"], ports: [(80, "http")])
        let limits = Self.setting(
            "careful", "connectionSettings: {tcp: {maxConnections: 1}, http: {maxPendingRequests: 1}}")
        let slow = Call("GET", "http://one.outside.test/delay/1500")
        try run.given("maxConnections 1", objects: AccessManifests.all(policy, limits, other)) {
            try run.expect("10 requests at once", "200 x 1 to 3, 503 for the others", where: Self.isOverflow) {
                try run.tally("client-1", slow, times: 10, isAtOnce: true)
            }
            try run.expect("10 requests at once to a host of another policy", "200 x 10") {
                try run.tally(
                    "client-1", Call("GET", "http://two.outside.test/delay/300"), times: 10, isAtOnce: true)
            }
            try run.apply(
                AccessManifests.all(
                    policy, Self.setting("careful", "connectionSettings: {http: {requestTimeout: 300ms}}"), other))
            try run.expect("edited to requestTimeout 300 ms: 10 requests at once", "504 x 10") {
                try run.tally("client-1", slow, times: 10, isAtOnce: true)
            }
            try run.expect("edited to requestTimeout 300 ms: a quick one", "200") {
                try run.get("client-1", "http://one.outside.test/")
            }
        }
        let bytes = Self.policy(
            "bytes", ranges: ["10.77.9.0/24"], ports: [(9100, "tcp-server-first")], setting: "careful")
        try run.given("maxConnections 0 of bytes", objects: AccessManifests.all(bytes, Self.none)) {
            try run.expect("a greeting", "no answer") { try run.greeting("client-1", "three.outside.test:9100") }
        }
        try run.given("a setting that is missing", objects: bytes) {
            try run.expect("a greeting", "answered by outside-3") {
                try run.greeting("client-1", "three.outside.test:9100")
            }
            try run.expectCondition(
                kind, "clients/bytes", "ResolvedRefs", "False RefNotFound", mentioning: "spec.matches[0].name")
        }
    }

    private static let none = setting("careful", "connectionSettings: {tcp: {maxConnections: 0}}")

    private static func setting(_ name: String, _ spec: String) -> String {
        PolicyManifests.head("policy.openservicemesh.io/v1alpha1", "UpstreamTrafficSetting", name, in: "clients")
            + "spec:\n  host: one.outside.test\n  \(spec)\n"
    }

    /// One request on the only connection, one that waits for it unless it comes while the first still does; and one more
    /// may pass when a connection begins while another is counted.
    private static func isOverflow(_ tally: String) -> Bool {
        let passed = PolicyRun.number(of: "200", in: tally)
        return (1...3).contains(passed) && PolicyRun.number(of: "503", in: tally) == 10 - passed
    }
}

/// How clients' proxies probe pods: at a path of the application, by a connection, and one another.
struct HealthCheckCases: PolicyCases {
    let kind = "health checks"

    private static let web = Call("GET", "http://web.shop/")
    private static let probe =
        "healthCheck: {path: /health, port: \(PolicyPods.httpPort), interval: 200ms, timeout: 2s, unhealthyThreshold: 1}"

    func run(_ run: PolicyRun) throws {
        try run.given("of a path", objects: SettingManifests.setting(Self.probe, of: "web")) {
            try run.expect("20 requests", "web-1 x 10, web-2 x 10") { try tally(run) }
            try SettingManifests.setHealth(run, of: "web-1", 503)
            try run.expect("web-1 fails: 20 requests", "web-2 x 20", within: .seconds(10)) { try tally(run) }
            try SettingManifests.setHealth(run, of: "web-1", 200)
            try run.expect("web-1 is well again: 20 requests", "web-1 x 10, web-2 x 10", within: .seconds(10)) {
                try tally(run)
            }
        }
        let connection = SettingManifests.setting(
            "healthCheck: {interval: 200ms, timeout: 2s, unhealthyThreshold: 1}", of: "echo")
        try run.given("by a connection", objects: connection) {
            try run.expect("a line to echo", "answered by echo") {
                try run.line("client-1", "echo.shop:\(PolicyPods.echoPort)")
            }
            try run.expect("probes that succeeded", "some", within: .seconds(5)) {
                try count(run, "echo.9000.health_check.success") > 0 ? "some" : "none"
            }
        }
        try runPermissions(run)
        try runProxies(run)
    }

    private func runPermissions(_ run: PolicyRun) throws {
        func objects(_ path: String) -> String {
            AccessManifests.all(
                AccessManifests.target("web", from: ["client-1"], [("HTTPRouteGroup", "routes", [])]),
                AccessManifests.group("routes", "    - name: a\n      pathRegex: \(path)\n"),
                SettingManifests.setting(Self.probe, of: "web"))
        }
        try run.given(
            "a path that clients may not call", objects: objects("/shop.*"), mesh: AccessManifests.smi
        ) {
            try run.expectCondition(
                "UpstreamTrafficSetting", "shop/web", "ResolvedRefs", "False RefNotUsable",
                mentioning: "spec.healthCheck.path")
            try run.apply(objects("/shop.*|/health"))
            try run.expectCondition(
                "UpstreamTrafficSetting", "shop/web", "ResolvedRefs", "True ResolvedRefs", mentioning: "everything")
            try run.expect("allowed: GET /shop", "200", within: .seconds(5)) {
                try run.get("client-1", "http://web.shop/shop")
            }
        }
    }

    private func runProxies(_ run: PolicyRun) throws {
        let target = AccessManifests.all(
            AccessManifests.target("web", from: ["client-1"], [("HTTPRouteGroup", "routes", [])]),
            AccessManifests.group("routes", "    - name: a\n      pathRegex: /shop\n"))
        func mesh(_ isOn: Bool) -> String {
            AccessManifests.smi + "  featureFlags:\n    enableEnvoyActiveHealthChecks: \(isOn)\n"
        }
        try run.given("enableEnvoyActiveHealthChecks", objects: target, mesh: mesh(false)) {
            let changes = try count(run, "listener_manager.listener_modified", of: "web-1")
            try run.edit(
                PolicyManifests.mesh, replacing: "enableEnvoyActiveHealthChecks: false",
                by: "enableEnvoyActiveHealthChecks: true")
            try run.expect("probes that succeeded, which no TrafficTarget allows", "some", within: .seconds(10)) {
                try count(run, "web.14001.health_check.success") > 0 ? "some" : "none"
            }
            try run.expect("probes that failed", "0") { try "\(count(run, "web.14001.health_check.failure"))" }
            try run.expect("GET /shop", "200") { try run.get("client-1", "http://web.shop/shop") }
            try run.expect("GET /healthz/osm as an application would", "403") {
                try run.get("client-1", "http://web.shop/healthz/osm")
            }
            try run.expect("listeners of the server that the switch has changed", "0") {
                try "\(count(run, "listener_manager.listener_modified", of: "web-1") - changes)"
            }
        }
    }

    private func tally(_ run: PolicyRun) throws -> String {
        try run.tally("client-1", Self.web, times: 20, by: { $0.app ?? $0.text })
    }

    private func count(_ run: PolicyRun, _ expression: String, of pod: String = "client-1") throws -> Int {
        try run.statistics(of: pod, expression).values.reduce(0, +)
    }
}

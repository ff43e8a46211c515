/// What clients may call outside the mesh: servers of which the mesh knows nothing.
struct EgressCases: PolicyCases {
    let kind = "Egress"

    private static let one = "http://one.outside.test"

    func run(_ run: PolicyRun) throws {
        try requests(run)
        try matches(run)
        try servers(run)
        try connections(run)
        try passthrough(run)
        try sharedPort(run)
        try conflicts(run)
        try settings(run)
    }

    // MARK: HTTP

    private func requests(_ run: PolicyRun) throws {
        let policy = Self.policy("web", hosts: ["ONE.outside.test"], ports: [(80, "HTTP")])
        try run.given("http in upper case to one host", objects: policy) {
            try run.expect("GET the host", "200 outside-1") { try run.getAnswer("client-1", "\(Self.one)/") }
            try run.expect("GET the host at another address: by its name", "200 outside-1") {
                try run.getAnswer("client-1", "http://three.outside.test/", headers: ["Host: one.outside.test"])
            }
            try run.expect("GET another host", "403") { try run.get("client-1", "http://two.outside.test/") }
            try run.expect("GET the host on another port", "no response") {
                try run.get("client-1", "\(Self.one):8080/")
            }
            try run.expect("another identity", "no response") { try run.get("client-2", "\(Self.one)/") }
            try run.expect("no HTTP on the port", "no answer") { try run.line("client-1", "one.outside.test:80") }
            try run.expect("a service of the mesh on the port", "200") { try run.get("client-1", "http://web.shop/") }
            try run.expect("a path that goes out as it came", "200") {
                try run.get("client-1", "\(Self.one)/a%2Fb//c")
            }
            try run.apply(Self.policy("web", hosts: ["two.outside.test"], ports: [(80, "http")]))
            try run.expect("edited to another host: GET the former", "403") {
                try run.get("client-1", "\(Self.one)/")
            }
            try run.expect("edited to another host: GET it", "200 outside-2") {
                try run.getAnswer("client-1", "http://two.outside.test/")
            }
        }
        let pattern = Self.policy("web", hosts: ["*.outside.test"], ports: [(80, "http"), (8080, "http")])
        try run.given("http to every host below a name", objects: pattern) {
            try run.expect("GET one host", "200 outside-1") { try run.getAnswer("client-1", "\(Self.one)/") }
            try run.expect("GET another host", "200 outside-3") {
                try run.getAnswer("client-1", "http://three.outside.test/")
            }
            try run.expect("GET another host on another port", "200 outside-2") {
                try run.getAnswer("client-1", "http://two.outside.test:8080/")
            }
            try run.expect("GET a host elsewhere", "403") {
                try run.get("client-1", "\(Self.one)/", headers: ["Host: elsewhere.test"])
            }
        }
        let lost = Self.policy("web", hosts: ["nowhere.outside.test"], ports: [(80, "http")])
        try run.given("http to a host that has no address", objects: lost) {
            try run.expect("GET it", "503") {
                try run.get("client-1", "\(Self.one)/", headers: ["Host: nowhere.outside.test"])
            }
            try run.expectCondition(kind, "clients/web", "Programmed", "True Programmed", mentioning: "1/1 proxies")
        }
    }

    private func matches(_ run: PolicyRun) throws {
        let policy = Self.policy("web", hosts: ["one.outside.test"], ports: [(80, "http")], groups: ["status"])
        let group = Self.group("status", "    - name: status\n      pathRegex: /status/.*\n      methods: [GET]\n")
        try run.given("http to one host by a group", objects: AccessManifests.all(policy, group)) {
            try run.expect("a request that matches", "200 outside-1") {
                try run.getAnswer("client-1", "\(Self.one)/status/200")
            }
            try run.expect("another path", "403") { try run.get("client-1", "\(Self.one)/other") }
            try run.expect("another method", "403") {
                try run.call("client-1", Call("POST", "\(Self.one)/status/200"))[0].status ?? "no response"
            }
            try run.expect("a path that may be another one", "403") {
                try run.get("client-1", "\(Self.one)/status/%2e%2e/other")
            }
        }
        try run.given("http to one host by a group that is missing", objects: policy) {
            try run.expect("a request", "403") { try run.get("client-1", "\(Self.one)/status/200") }
            try run.expectCondition(
                kind, "clients/web", "ResolvedRefs", "False RefNotFound", mentioning: "spec.matches[0].name")
        }
    }

    // MARK: TLS and bytes

    private func servers(_ run: PolicyRun) throws {
        let policy = Self.policy(
            "tls", hosts: ["one.outside.test", "*.two.outside.test"], ports: [(443, "HTTPS")])
        try run.given("https in upper case to a server by its name", objects: policy) {
            try run.expect("the server", "200 outside-1") {
                try run.getAnswer(
                    "client-1", "https://one.outside.test/", tls: run.outsideTLS("one.outside.test"))
            }
            try run.expect("another server", "no response") {
                try run.get("client-1", "https://two.outside.test/", tls: run.outsideTLS("two.outside.test"))
            }
            try run.expect("http on the port", "no response") { try run.get("client-1", "\(Self.one):443/") }
            try run.expect("another identity", "no response") {
                try run.get("client-2", "https://one.outside.test/", tls: run.outsideTLS("one.outside.test"))
            }
        }
        let ranged = Self.policy(
            "tls", hosts: ["one.outside.test"], ranges: ["10.77.9.2/32"], ports: [(443, "https")])
        try run.given("https to a server in a range", objects: ranged) {
            try run.expect("the name at an address outside of it", "no response") {
                try run.get("client-1", "https://one.outside.test/", tls: run.outsideTLS("one.outside.test"))
            }
            try run.expect("the name at an address in it", "200 outside-2") {
                try run.getAnswer("client-1", "https://two.outside.test/", tls: run.outsideTLS("one.outside.test"))
            }
        }
    }

    private func connections(_ run: PolicyRun) throws {
        let policy = Self.policy("bytes", ranges: ["10.77.9.0/31"], ports: [(9000, "tcp")])
        try run.given("tcp to a range", objects: policy) {
            try run.expect("an address in it", "answered by outside-1") {
                try run.line("client-1", "one.outside.test:9000")
            }
            try run.expect("an address outside of it", "no answer") {
                try run.line("client-1", "two.outside.test:9000")
            }
            try run.expect("another port", "no answer") { try run.greeting("client-1", "one.outside.test:9100") }
            try run.expect("another identity", "no answer") { try run.line("client-2", "one.outside.test:9000") }
            try run.expect("a service of the mesh on the port", "answered by echo") {
                try run.line("client-1", "echo.shop:9000")
            }
        }
        let greeting = Self.policy(
            "greeting", ranges: ["10.77.9.3/32"], ports: [(9100, "TCP-server-first"), (9000, "tcp")])
        try run.given("tcp-server-first", objects: greeting) {
            try run.expect("a greeting", "answered by outside-3") {
                try run.greeting("client-1", "three.outside.test:9100")
            }
            try run.expect("a greeting of an address outside of the range", "no answer") {
                try run.greeting("client-1", "one.outside.test:9100")
            }
        }
    }

    // MARK: What else there is

    private func passthrough(_ run: PolicyRun) throws {
        let open = PolicyManifests.meshSpec(isPermissive: true, isEgressOpen: true)
        try run.given("enableEgress", mesh: open) {
            try run.expect("GET a host", "200 outside-2") {
                try run.getAnswer("client-2", "http://two.outside.test/")
            }
            try run.expect("a greeting", "answered by outside-3") {
                try run.greeting("client-1", "three.outside.test:9100")
            }
        }
        let policy = AccessManifests.all(
            Self.policy("web", hosts: ["one.outside.test"], ports: [(80, "http")], groups: ["status"]),
            Self.group("status", "    - name: status\n      pathRegex: /status/.*\n"))
        try run.given("enableEgress beside a policy", objects: policy, mesh: open) {
            try run.expect("a request that matches", "200 outside-1") {
                try run.getAnswer("client-1", "\(Self.one)/status/200")
            }
            try run.expect("one that does not", "403") { try run.get("client-1", "\(Self.one)/other") }
            try run.expect("another host", "200 outside-2") {
                try run.getAnswer("client-1", "http://two.outside.test/other")
            }
            try run.expect("another port", "200 outside-1") { try run.getAnswer("client-1", "\(Self.one):8080/other") }
            try run.expect("another identity", "200 outside-1") { try run.getAnswer("client-2", "\(Self.one)/other") }
            try run.edit(PolicyManifests.mesh, replacing: "enableEgress: true", by: "enableEgress: false")
            try run.expect("switched off: another host", "403") {
                try run.get("client-1", "http://two.outside.test/other")
            }
            try run.expect("switched off: another port", "no response") {
                try run.get("client-1", "\(Self.one):8080/other")
            }
            try run.expect("switched off: a request that matches", "200 outside-1") {
                try run.getAnswer("client-1", "\(Self.one)/status/200")
            }
        }
    }

    private func sharedPort(_ run: PolicyRun) throws {
        let policy = AccessManifests.all(
            Self.policy("web", hosts: ["one.outside.test"], ports: [(8080, "http"), (8443, "https")]),
            Self.policy("bytes", ranges: ["10.77.9.2/32"], ports: [(8443, "tcp")]))
        try run.given("https and tcp on one port", objects: policy) {
            try run.expect("the server by its name", "200 outside-1") {
                try run.getAnswer(
                    "client-1", "https://one.outside.test:8443/", tls: run.outsideTLS("one.outside.test"))
            }
            try run.expect("another name at an address in the range", "200 outside-2") {
                try run.getAnswer(
                    "client-1", "https://two.outside.test:8443/", tls: run.outsideTLS("two.outside.test"))
            }
            try run.expect("another name at another address", "no response") {
                try run.get(
                    "client-1", "https://three.outside.test:8443/", tls: run.outsideTLS("three.outside.test"))
            }
        }
    }

    private func conflicts(_ run: PolicyRun) throws {
        let policies = AccessManifests.all(
            Self.policy(
                "older", ranges: ["10.77.9.3/32"], ports: [(9100, "tcp-server-first")],
                creation: "2026-01-01T00:00:00Z"),
            Self.policy(
                "younger", hosts: ["one.outside.test"], ports: [(9100, "http"), (80, "http")],
                creation: "2026-01-02T00:00:00Z"))
        try run.given("a port that waits and does not wait", objects: policies) {
            try run.expectCondition(
                kind, "clients/younger", "Accepted", "False Conflicted", mentioning: "spec.ports[0].protocol")
            try run.expectCondition(kind, "clients/older", "Accepted", "True Accepted", mentioning: "valid")
            try run.expect("a greeting on the older policy's port", "answered by outside-3") {
                try run.greeting("client-1", "three.outside.test:9100")
            }
            try run.expect("the younger policy's other port", "200 outside-1") {
                try run.getAnswer("client-1", "\(Self.one)/")
            }
        }
        try run.given("a port of the sidecar", objects: Self.policy("bad", ports: [(15001, "tcp"), (9000, "tcp")])) {
            try run.expectCondition(
                kind, "clients/bad", "Accepted", "False Invalid", mentioning: "spec.ports[0].number")
            try run.expect("its other port", "no answer") { try run.line("client-1", "one.outside.test:9000") }
        }
    }

    // MARK: Manifests

    /// An Egress of `client-1` in `clients`; `setting` is the name of an UpstreamTrafficSetting.
    static func policy(
        _ name: String, hosts: [String] = [], ranges: [String] = [], ports: [(number: UInt16, word: String)],
        groups: [String] = [], setting: String? = nil, creation: String? = nil
    ) -> String {
        func list(_ field: String, _ values: [String]) -> String {
            values.isEmpty ? "" : "  \(field):\n" + values.map { "    - \"\($0)\"\n" }.joined()
        }
        let time = creation.map { "  creationTimestamp: \"\($0)\"\n" } ?? ""
        var references = groups.map { ("specs.smi-spec.io/v1alpha4", "HTTPRouteGroup", $0) }
        if let setting { references.append(("policy.openservicemesh.io/v1alpha1", "UpstreamTrafficSetting", setting)) }
        let matches = references.map { "    - apiGroup: \($0.0)\n      kind: \($0.1)\n      name: \($0.2)\n" }
        let lines = ports.map { "    - number: \($0.number)\n      protocol: \($0.word)\n" }
        return PolicyManifests.head("policy.openservicemesh.io/v1alpha1", "Egress", name, in: "clients") + time
            + "spec:\n  sources:\n    - kind: ServiceAccount\n      name: client-1\n      namespace: clients\n"
            + list("hosts", hosts) + list("ipAddresses", ranges) + "  ports:\n" + lines.joined()
            + (matches.isEmpty ? "" : "  matches:\n" + matches.joined())
    }

    private static func group(_ name: String, _ matches: String) -> String {
        PolicyManifests.head("specs.smi-spec.io/v1alpha4", "HTTPRouteGroup", name, in: "clients")
            + "spec:\n  matches:\n" + matches
    }
}

/// The annotation of the destination's namespace goes before the mesh's mode, and is edited live.
struct NamespaceCases: PolicyCases {
    let kind = "Namespace"

    private static let web = "http://web.shop/"

    func run(_ run: PolicyRun) throws {
        try run.given("SMI mode", mesh: AccessManifests.smi) {
            try run.expect("GET web", "no response") { try run.get("client-1", Self.web) }
            try annotate(run, "shop", "enabled")
            try run.expect("shop annotated enabled: GET web", "200") { try run.get("client-1", Self.web) }
            try run.expect("shop annotated enabled: a line to echo", "answered by echo") {
                try run.line("client-1", "echo.shop:\(PolicyPods.echoPort)")
            }
            try run.edit(PolicyManifests.namespaces, replacing: Self.annotation("enabled"), by: "")
            try run.expect("the annotation removed: GET web", "no response") { try run.get("client-1", Self.web) }
        }
        try run.given("SMI mode", mesh: AccessManifests.smi) {
            try annotate(run, "clients", "enabled")
            try run.expect("the client's namespace annotated: GET web", "no response") {
                try run.get("client-1", Self.web)
            }
        }
        try run.given("permissive mode") {
            try run.expect("GET web", "200") { try run.get("client-1", Self.web) }
            try annotate(run, "shop", "disabled")
            try run.expect("shop annotated disabled: GET web", "no response") { try run.get("client-1", Self.web) }
            try run.expect("shop annotated disabled: a line to echo", "no answer") {
                try run.line("client-1", "echo.shop:\(PolicyPods.echoPort)")
            }
            try run.apply(
                AccessManifests.all(
                    AccessManifests.target("web", from: ["client-1"], [("HTTPRouteGroup", "all", [])]),
                    AccessManifests.group("all", "    - name: all\n      methods: [\"*\"]\n")))
            try run.expect("a TrafficTarget beside it: GET web of its source", "200") {
                try run.get("client-1", Self.web)
            }
            try run.expect("a TrafficTarget beside it: GET web of another", "no response") {
                try run.get("client-2", Self.web)
            }
        }
        try run.given("permissive mode") {
            try annotate(run, "shop", "perhaps")
            try run.expect("a value that is none: GET web", "200") { try run.get("client-1", Self.web) }
        }
    }

    private func annotate(_ run: PolicyRun, _ namespace: String, _ value: String) throws {
        let head = "  name: \(namespace)\n  labels:\n"
        try run.edit(
            PolicyManifests.namespaces, replacing: head,
            by: "  name: \(namespace)\n\(Self.annotation(value))  labels:\n")
    }

    private static func annotation(_ value: String) -> String {
        "  annotations:\n    openservicemesh.io/permissive-traffic-policy: \(value)\n"
    }
}

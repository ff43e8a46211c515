import Foundation

/// What the proxies of pods log, and where to.
struct TelemetryCases: PolicyCases {
    let kind = "Telemetry"

    func run(_ run: PolicyRun) throws {
        try formats(run)
        try switching(run)
        try precedence(run)
        try collector(run)
        try mistakes(run)
    }

    private func formats(_ run: PolicyRun) throws {
        let text = "to-web %REQ(:METHOD)% %REQ_WITHOUT_QUERY(:PATH)% %RESPONSE_CODE% 100%%"
        try run.given("a text for web-1", objects: telemetry("text", selector: "version: v1", format: text)) {
            try run.expectCondition(kind, "shop/text", "Programmed", "True Programmed", mentioning: "1/1")
            try run.expect("web-1 logs", "to-web GET /a 200 100%") {
                try logged(run, "web-1", "to-web") { try run.get("client-1", "http://web-v1.shop/a?b=c") }
            }
            try run.expect("web-2 logs the mesh's own fields", "path /a?b=c, code 200") {
                try ownFields(run, "web-2") { try run.get("client-1", "http://web-v2.shop/a?b=c") }
            }
        }
        let json = #"{"code": "%RESPONSE_CODE%", "to": {"host": "%REQ(:AUTHORITY)%"}, "one": 1}"#
        let objects = telemetry("json", in: "clients", selector: "app: client-1", format: json)
        try run.given("JSON for client-1", objects: objects) {
            try run.expect("client-1 logs", #"{"code":200,"one":1,"to":{"host":"web-v1.shop"}}"#) {
                try logged(run, "client-1", "web-v1.shop") { try run.get("client-1", "http://web-v1.shop/") }
            }
            try run.expect("client-2 logs the mesh's own fields", "path /x, code 200") {
                try ownFields(run, "client-2") { try run.get("client-2", "http://web-v1.shop/x") }
            }
            try run.apply(telemetry("json", in: "clients", selector: "app: client-1", format: "again %RESPONSE_CODE%"))
            try run.expect("edited: client-1 logs", "again 200") {
                try logged(run, "client-1", "again") { try run.get("client-1", "http://web-v1.shop/") }
            }
        }
    }

    private func switching(_ run: PolicyRun) throws {
        try run.given("the format edited 20 times under load") {
            let load = try Traffic(
                from: run.pod("client-1"), method: "GET", url: "http://web-v1.shop/", to: "web-v1", rate: 100)
            run.atEnd { RunningProgram.stopAll(load.programs) }
            for round in 1...20 {
                try run.apply(telemetry("edited", in: "osm-system", format: "round-\(round) %RESPONSE_CODE%"))
            }
            let total = try load.finish()
            try run.expect("requests that failed", "0 of some") {
                "\(total.failed) of \(total.done > 50 ? "some" : "\(total.done)")"
            }
            if total.failed > 0 { run.add("what failed", "nothing", total.failures, false) }
        }
    }

    private func precedence(_ run: PolicyRun) throws {
        let mesh = telemetry("mesh", in: "osm-system", format: "by-mesh %RESPONSE_CODE%")
        let namespace = telemetry("namespace", format: "by-namespace %RESPONSE_CODE%")
        let pod = telemetry("pod", selector: "version: v1", format: "by-selector %RESPONSE_CODE%")
        let other = telemetry("other", selector: "app: nobody", format: "by-other %RESPONSE_CODE%")
        let objects = AccessManifests.all(mesh, namespace, pod, other)
        try run.given("mesh, namespace and selector", objects: objects) {
            for (name, service, word) in [
                ("web-1", "web-v1", "by-selector"), ("web-2", "web-v2", "by-namespace"),
                ("client-1", "web-v1", "by-mesh"),
            ] {
                try run.expect("\(name) logs", "\(word) 200") {
                    try logged(run, name, "by-") { try run.get("client-1", "http://\(service).shop/") }
                }
            }
            try run.expectCondition(kind, "shop/other", "Programmed", "True NoProxyAffected")
        }
    }

    private func collector(_ run: PolicyRun) throws {
        for (situation, host) in [("an address", Collector.address), ("a name", Collector.host)] {
            let service = extensionService("otel", host: host, port: Collector.grpcPort)
            let log = telemetry(
                "otel", selector: "version: v1", format: #"{"code": "%RESPONSE_CODE%", "path": "%REQ(:PATH)%"}"#,
                collector: "otel", attributes: "pod: '%ENVIRONMENT(OSM_POD)%'\n        fixed: text")
            try run.given("a collector at \(situation)", objects: AccessManifests.all(service, log)) {
                var received = try Collector(run).log()
                try run.expect("web-1's entry at the collector", "code 200, path /otel, pod web-1, fixed text") {
                    var line: String?
                    for _ in 0..<20 where line == nil {
                        _ = try run.get("client-1", "http://web-v1.shop/otel")
                        line = try run.line(with: "/otel", in: &received, within: .milliseconds(600))
                    }
                    return line.flatMap(CollectedLog.init)?.description ?? "nothing"
                }
                try run.expectCondition(
                    "ExtensionService", "tools/otel", "Programmed", "True Programmed", mentioning: "1/1")
            }
        }
    }

    private func mistakes(_ run: PolicyRun) throws {
        for (what, format) in [("an unknown operator", "%NO_SUCH_THING%"), ("a lone percent sign", "100%")] {
            try run.given(what, objects: telemetry("bad", format: format)) {
                try run.expectCondition(
                    kind, "shop/bad", "Accepted", "False Invalid", mentioning: "spec.accessLog.format")
                try run.expect("web-1 logs the mesh's own fields", "path /x, code 200") {
                    try ownFields(run, "web-1") { try run.get("client-1", "http://web-v1.shop/x") }
                }
            }
        }
        let older = telemetry("older", format: "older", creation: "2026-01-01T00:00:00Z")
        let newer = telemetry("a-newer", format: "newer", creation: "2026-01-02T00:00:00Z")
        try run.given("two for one namespace", objects: AccessManifests.all(newer, older)) {
            try run.expectCondition(kind, "shop/a-newer", "Accepted", "False Conflicted", mentioning: "shop/older")
            try run.expect("web-1 logs", "older") {
                try logged(run, "web-1", "older") { try run.get("client-1", "http://web-v1.shop/x") }
            }
        }
        try run.given("a missing collector", objects: telemetry("lost", format: "lost", collector: "nowhere")) {
            try run.expectCondition(kind, "shop/lost", "ResolvedRefs", "False RefNotFound", mentioning: "tools/nowhere")
            try run.expect("web-1 logs", "lost") {
                try logged(run, "web-1", "lost") { try run.get("client-1", "http://web-v1.shop/x") }
            }
        }
        try run.given(
            "no access log",
            objects: AccessManifests.all(telemetry("empty"), telemetry("mesh", in: "osm-system", format: "mesh"))
        ) {
            try run.expect("web-1 logs the mesh's own fields", "path /x, code 200") {
                try ownFields(run, "web-1") { try run.get("client-1", "http://web-v1.shop/x") }
            }
        }
    }

    /// The first line with a text that a pod's proxy logs once a call was made.
    ///
    /// After an edit each connection from before takes one call, which is logged as before, and is closed then.
    private func logged(_ run: PolicyRun, _ pod: String, _ text: String, _ call: () throws -> String) throws -> String {
        var log = try run.accessLog(of: pod)
        var status = ""
        for _ in 0..<20 {
            status = try call()
            if let line = try run.line(with: text, in: &log, within: .milliseconds(400)) { return line }
        }
        return "nothing with \(text) after a call with \(status)"
    }

    /// Two of the mesh's own fields of what a pod's proxy logs once a call was made.
    private func ownFields(_ run: PolicyRun, _ pod: String, _ call: () throws -> String) throws -> String {
        let line = try logged(run, pod, "response_code_details", call)
        guard let fields = LogFields(line: line) else { return line }
        return "path \(fields["path"] ?? "?"), code \(fields["response_code"] ?? "?")"
    }

    private func telemetry(
        _ name: String, in namespace: String = "shop", selector: String = "", format: String? = nil,
        collector: String? = nil, attributes: String = "", creation: String? = nil
    ) -> String {
        var text = PolicyManifests.head("policy.openservicemesh.io/v1alpha1", "Telemetry", name, in: namespace)
        if let creation { text += "  creationTimestamp: \"\(creation)\"\n" }
        text += "spec:\n"
        text += selector.isEmpty ? "  selector: {}\n" : "  selector:\n    \(selector)\n"
        guard format != nil || collector != nil else { return text }
        text += "  accessLog:\n"
        if let format { text += "    format: '\(format)'\n" }
        guard let collector else { return text }
        text += "    openTelemetry:\n      extensionService:\n        namespace: tools\n        name: \(collector)\n"
        return text + (attributes.isEmpty ? "" : "      attributes:\n        \(attributes)\n")
    }

    private func extensionService(_ name: String, host: String, port: Int) -> String {
        PolicyManifests.head("config.openservicemesh.io/v1alpha2", "ExtensionService", name, in: "tools")
            + "spec:\n  host: \(host)\n  port: \(port)\n  protocol: h2c\n  connectTimeout: 2s\n"
    }
}

/// An entry of a log as the collector got it.
private struct CollectedLog: Decodable, CustomStringConvertible {
    let fields: [String: String]
    let attributes: [String: String]

    init?(_ line: String) {
        guard let entry = try? JSONDecoder().decode(CollectedLog.self, from: Data(line.utf8)) else { return nil }
        self = entry
    }

    var description: String {
        (fields.sorted { $0.key < $1.key } + attributes.sorted { $0.key > $1.key })
            .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
}

import Foundation

/// What the MeshConfig switches while the mesh is at work: external authorization and spans.
struct MeshConfigCases: PolicyCases {
    let kind = "MeshConfig"

    private static let web = "http://web-v1.shop/"

    func run(_ run: PolicyRun) throws {
        try authorization(run)
        try switching(run)
        try spans(run)
        try mistakes(run)
    }

    private func authorization(_ run: PolicyRun) throws {
        try run.given("external authorization") {
            let collector = try Collector(run)
            try run.apply(mesh(authorization()), to: PolicyManifests.mesh)
            try run.expect("a request that it allows", "200") { try run.get("client-1", Self.web) }
            try run.expect("with the header that it adds", "yes") {
                var call = Call("GET", Self.web)
                call.headers = ["x-any: 1"]
                return try run.call("client-1", call)[0].body.flatMap {
                    $0.contains(#""x-checked":"yes""#) ? "yes" : $0
                } ?? "?"
            }
            try run.expect("a request that it refuses", "403") {
                try run.get("client-1", Self.web, headers: ["x-deny: 1"])
            }
            try run.expect("an answer after the time limit", "403") {
                try run.get("client-1", Self.web, headers: ["x-wait: 2500"])
            }
            try run.expect("connections of TCP are not asked about", "answered by echo") {
                try run.line("client-1", "echo.shop:\(PolicyPods.echoPort)")
            }
            _ = RunningProgram.stop([collector.program])
            try run.expect("with nobody to answer", "403") { try run.get("client-1", Self.web) }
            try run.apply(mesh(authorization(passesWithoutAnswer: true)), to: PolicyManifests.mesh)
            try run.expect("failureModeAllow, with nobody to answer", "200") { try run.get("client-1", Self.web) }
        }
        try run.given("without external authorization") {
            try run.expect("the same request", "200") { try run.get("client-1", Self.web, headers: ["x-deny: 1"]) }
        }
    }

    private func switching(_ run: PolicyRun) throws {
        try run.given("external authorization switched 20 times under load") {
            _ = try Collector(run)
            let load = try Traffic(from: run.pod("client-1"), method: "GET", url: Self.web, to: "web-v1", rate: 100)
            run.atEnd { RunningProgram.stopAll(load.programs) }
            for round in 1...20 {
                let spec = round.isMultiple(of: 2) ? PolicyManifests.permissive : authorization()
                try run.apply(mesh(spec), to: PolicyManifests.mesh)
                let expected = round.isMultiple(of: 2) ? "200" : "403"
                let seen = try run.get("client-1", Self.web, headers: ["x-deny: 1"])
                if seen != expected { run.add("switch \(round)", expected, seen, false) }
            }
            let total = try load.finish()
            try run.expect("requests that failed", "0 of some") {
                "\(total.failed) of \(total.done > 50 ? "some" : "\(total.done)")"
            }
            if total.failed > 0 { run.add("what failed", "nothing", total.failures, false) }
        }
    }

    private func spans(_ run: PolicyRun) throws {
        let zipkin = tracing("      address: \(Collector.address)\n      port: \(Collector.httpPort)\n")
        try spans(run, "spans of Zipkin", mesh: zipkin, format: "zipkin", path: "/api/v2/spans")
        let path = tracing("      address: \(Collector.host)\n      endpoint: /other\n")
        try spans(
            run, "spans of Zipkin at a name, another path, the port 9411", mesh: path, format: "zipkin", path: "/other")
        let otlp = tracing("      address: \(Collector.address)\n      protocol: otlp\n")
        try spans(run, "spans of OpenTelemetry, the port 4317", mesh: otlp, format: "otlp", path: nil)
    }

    private func spans(_ run: PolicyRun, _ what: String, mesh spec: String, format: String, path: String?) throws {
        try run.given(what) {
            var received = try Collector(run).log()
            // A proxy sends what it has every five seconds.
            var spans: [CollectedSpan] = []
            try run.apply(mesh(spec), to: PolicyManifests.mesh)
            try run.expect(
                "from client-1 and web-1, of one trace", "client-1.clients, web.shop; 1 trace", within: .seconds(20)
            ) {
                _ = try run.get("client-1", Self.web)
                Thread.sleep(forTimeInterval: 1.5)
                spans += received.newLines().compactMap(CollectedSpan.init)
                    .filter { $0.format == format && (path == nil || $0.attributes["path"] == path) }
                let byTrace = Dictionary(grouping: spans, by: \.trace).mapValues { Set($0.map(\.service)).sorted() }
                let best = byTrace.values.max { $0.count < $1.count } ?? []
                return "\(best.joined(separator: ", ")); \(byTrace.isEmpty ? 0 : 1) trace"
            }
        }
    }

    private func mistakes(_ run: PolicyRun) throws {
        let bad = authorization().replacing("timeout: 1s", with: "timeout: soon")
        try run.given("a time limit that is none, with a collector") {
            _ = try Collector(run)
            try run.apply(mesh(bad), to: PolicyManifests.mesh)
            try run.expectCondition(
                kind, "osm-system/osm-mesh-config", "Accepted", "False Invalid",
                mentioning: "inboundExternalAuthorization.timeout")
            try run.expect("a request that it refuses", "403") {
                try run.get("client-1", Self.web, headers: ["x-deny: 1"])
            }
            try run.expect("an answer after 1 s, which holds", "403") {
                try run.get("client-1", Self.web, headers: ["x-wait: 2500"])
            }
        }
        try run.given("an address that is none") {
            try run.apply(mesh(authorization(address: "not/a/host")), to: PolicyManifests.mesh)
            try run.expect("nobody is let in unasked", "403") { try run.get("client-1", Self.web) }
        }
        try run.given("a word that is no protocol of tracing") {
            try run.apply(mesh(tracing("      protocol: pigeon\n")), to: PolicyManifests.mesh)
            try run.expectCondition(
                kind, "osm-system/osm-mesh-config", "Accepted", "False Invalid", mentioning: "tracing.protocol")
            try run.expect("a request", "200") { try run.get("client-1", Self.web) }
        }
    }

    private func mesh(_ spec: String) -> String { PolicyManifests.meshConfig(spec) }

    private func authorization(address: String = Collector.address, passesWithoutAnswer: Bool = false) -> String {
        PolicyManifests.permissive + """
                inboundExternalAuthorization:
                  enable: true
                  address: \(address)
                  port: \(Collector.grpcPort)
                  statPrefix: inboundExtAuthz
                  timeout: 1s
                  failureModeAllow: \(passesWithoutAnswer)

            """
    }

    private func tracing(_ fields: String) -> String {
        PolicyManifests.permissive + "  observability:\n    tracing:\n      enable: true\n" + fields
    }
}

/// A span as the collector got it.
private struct CollectedSpan: Decodable {
    let format: String
    let trace: String
    let service: String
    let attributes: [String: String]

    init?(_ line: String) {
        guard let span = try? JSONDecoder().decode(CollectedSpan.self, from: Data(line.utf8)) else { return nil }
        self = span
    }
}

import Foundation

/// The original's counters of requests, by source and destination.
struct RequestStatisticsCases: PolicyCases {
    let kind = "Request metrics"

    func run(_ run: PolicyRun) throws {
        let mesh = PolicyManifests.meshSpec(isPermissive: true, "  featureFlags:\n    enableWASMStats: true\n")
        try run.given("enableWASMStats", mesh: mesh) {
            let before = try Page(run, "client-1")
            for _ in 0..<3 { _ = try run.get("client-1", "http://web-v1.shop/") }
            _ = try run.get("client-1", "http://web-v1.shop/status/503")
            _ = try run.get("client-1", "http://web-v2.shop/status/404")
            let after = try Page(run, "client-1")
            let source =
                #"source_namespace="clients",source_kind="Deployment",source_name="client",source_pod="client-1""#
            let first =
                #"destination_namespace="shop",destination_kind="Deployment",destination_name="web-v1",destination_pod="web-1""#
            let second = first.replacing("web-v1", with: "web-v2").replacing("web-1", with: "web-2")
            for (code, destination, count) in [("200", first, 3), ("503", first, 1), ("404", second, 1)] {
                let labels = "response_code=\"\(code)\",\(source),\(destination)"
                try run.expect("osm_request_total{\(labels)}", "\(count) more") {
                    "\(after.value("osm_request_total", labels) - before.value("osm_request_total", labels)) more"
                }
            }
            for (destination, count) in [(first, 4), (second, 1)] {
                let labels = "\(source),\(destination)"
                // Envoy takes up the values of histograms every five seconds.
                try run.expect("osm_request_duration_ms_count{\(labels)}", "\(count) more", within: .seconds(10)) {
                    let name = "osm_request_duration_ms_count"
                    return try "\(Page(run, "client-1").value(name, labels) - before.value(name, labels)) more"
                }
                try run.expect("osm_request_duration_ms_bucket, le=\"+Inf\"", "\(count) more", within: .seconds(10)) {
                    let (name, all) = ("osm_request_duration_ms_bucket", "\(labels),le=\"+Inf\"")
                    return try "\(Page(run, "client-1").value(name, all) - before.value(name, all)) more"
                }
            }
            // What Flagger asks: the labels of the destination, whatever the others are.
            let wanted = [
                "destination_namespace=\"shop\"", "destination_kind=\"Deployment\"", "destination_name=\"web-v1\"",
            ]
            try run.expect("Flagger's success rate of web-v1", "75 %") {
                func sum(_ page: Page, _ isGood: Bool) -> Int {
                    page.sum("osm_request_total") { labels in
                        wanted.allSatisfy(labels.contains) && (!isGood || !labels.contains("response_code=\"5"))
                    }
                }
                let (good, all) = (sum(after, true) - sum(before, true), sum(after, false) - sum(before, false))
                return all == 0 ? "no request" : "\(100 * good / all) %"
            }
            try run.expect("from a pod without a controller", #"source_kind="unknown",source_name="unknown""#) {
                _ = try run.get("client-2", "http://web-v1.shop/")
                let line = try Page(run, "client-2").lines.first { $0.contains("osm_request_total{") } ?? "nothing"
                return line.contains(#"source_kind="unknown",source_name="unknown""#)
                    ? #"source_kind="unknown",source_name="unknown""# : line
            }
        }
        try run.given("without enableWASMStats") {
            let before = try Page(run, "client-1")
            _ = try run.get("client-1", "http://web-v1.shop/")
            try run.expect("requests that are counted", "none") {
                let more = try Page(run, "client-1").sum("osm_request_total") { _ in true }
                return more == before.sum("osm_request_total") { _ in true } ? "none" : "some"
            }
        }
    }

    /// What the scraper of a pod's proxy reads, port 15010.
    private struct Page {
        let lines: [String]

        init(_ run: PolicyRun, _ pod: String) throws {
            let text = try Command(
                run.pod(pod).namespace.command([
                    "curl", "-s", "--max-time", "10", "http://127.0.0.1:15010/stats/prometheus",
                ])
            ).check()
            // The name that the scrape configuration gives it.
            lines = text.split(separator: "\n").map { String($0).replacing("envoy_osm_", with: "osm_") }
        }

        func value(_ name: String, _ labels: String) -> Int {
            lines.first { $0.hasPrefix("\(name){\(labels)} ") }
                .flatMap { $0.split(separator: " ").last }.flatMap { Int($0) } ?? 0
        }

        func sum(_ name: String, where isWanted: (String) -> Bool) -> Int {
            lines.filter { $0.hasPrefix("\(name){") && isWanted($0) }
                .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
        }
    }
}

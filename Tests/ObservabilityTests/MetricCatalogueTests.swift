import Foundation
import Metrics
import Observability
import Testing

@Suite("The table of metrics")
struct MetricCatalogueTests {
    private let descriptions = MetricCatalogue.descriptions

    @Test("holds each name once, in the style of Prometheus or as the original has it")
    func names() {
        let names = descriptions.map(\.name)
        #expect(Set(names).count == names.count)
        let original: Set<String> = [
            "osm_resource_namespace_count", "osm_proxy_connect_count",
            "osm_proxy_response_send_success_count", "osm_proxy_max_connections_rejected",
            "osm_proxy_response_send_error_count",
            "osm_proxy_xds_request_count", "osm_proxy_config_update_time", "osm_events_queued",
            "osm_cert_issued_count", "osm_cert_issued_time", "osm_version_info", "osm_feature_flag_enabled",
            "osm_http_response_total", "osm_http_response_duration",
        ]
        #expect(original.subtracting(names) == [])
        for description in descriptions where !original.contains(description.name) {
            #expect(description.name.hasPrefix("osm_"))
            #expect(description.name.wholeMatch(of: /[a-z0-9_]+/) != nil)
            #expect(description.name.hasSuffix("_total") == (description.kind == .counter), "\(description.name)")
            // A gauge may tell a time that remains.
            let isTime = description.name.hasSuffix("_seconds")
            #expect(isTime || description.kind != .histogram, "\(description.name)")
            #expect(!isTime || description.kind != .counter, "\(description.name)")
        }
        let samples = descriptions.filter { $0.kind == .histogram }.flatMap { histogram in
            ["_bucket", "_sum", "_count"].map { histogram.name + $0 }
        }
        #expect(Set(samples).intersection(names) == [])
    }

    @Test("says of each what it means and where it is recorded")
    func words() {
        for description in descriptions {
            #expect(description.help.hasSuffix("."), "\(description.name)")
            #expect(!description.recorded.isEmpty, "\(description.name)")
            #expect(Set(description.labels).count == description.labels.count)
            #expect(description.buckets.isEmpty == (description.kind != .histogram))
            #expect(description.buckets == description.buckets.sorted())
        }
    }

    @Test("is exposed as it stands by instruments of its names")
    func exposed() throws {
        let registry = PrometheusRegistry(descriptions, describesProcess: false)
        for description in descriptions {
            let labels = description.labels.map { ($0, "x") }
            switch description.kind {
            case .counter: Counter(label: description.name, dimensions: labels, factory: registry).increment()
            case .gauge: Gauge(label: description.name, dimensions: labels, factory: registry).record(1)
            case .histogram:
                Timer(label: description.name, dimensions: labels, factory: registry).recordNanoseconds(1_000_000)
            }
        }
        let exposition = try Exposition(registry.exposition())
        #expect(exposition.metrics.map(\.name) == descriptions.map(\.name).sorted())
        for description in descriptions {
            #expect(exposition[description.name]?.type == description.kind.rawValue)
            #expect(exposition[description.name]?.help == description.help)
        }
        #expect(registry.irregularities == [])
    }
}

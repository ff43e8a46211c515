import Metrics
import Observability
import Testing

@Suite("The Prometheus registry")
struct PrometheusRegistryTests {
    private static let descriptions = [
        MetricDescription("requests_total", .counter, help: "Requests.", labels: ["code"], recorded: "here"),
        MetricDescription("queued", .gauge, help: "Waiting, by \\ and\nlines.", recorded: "here"),
        MetricDescription(
            "wait_seconds", .histogram, help: "Waits.", labels: ["kind"], buckets: [1, 0.25], recorded: "here"),
    ]

    private func registry(limit: Int = 100) -> PrometheusRegistry {
        PrometheusRegistry(Self.descriptions, labelSetLimit: limit, describesProcess: false)
    }

    @Test("shows what was recorded, in one order, whatever the order of recording")
    func golden() throws {
        let registry = registry()
        let timer = Timer(label: "wait_seconds", dimensions: [("kind", "pod")], factory: registry)
        timer.recordNanoseconds(250_000_000)
        timer.recordSeconds(1)
        timer.recordMilliseconds(1500)
        Counter(label: "requests_total", dimensions: [("code", "500")], factory: registry).increment()
        Counter(label: "requests_total", dimensions: [("code", "200")], factory: registry).increment(by: 41)
        Counter(label: "requests_total", dimensions: [("code", "200")], factory: registry).increment()
        Gauge(label: "queued", factory: registry).record(2.5)
        #expect(
            registry.exposition() == #"""
                # HELP queued Waiting, by \\ and\nlines.
                # TYPE queued gauge
                queued 2.5
                # HELP requests_total Requests.
                # TYPE requests_total counter
                requests_total{code="200"} 42
                requests_total{code="500"} 1
                # HELP wait_seconds Waits.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{kind="pod",le="0.25"} 1
                wait_seconds_bucket{kind="pod",le="1"} 2
                wait_seconds_bucket{kind="pod",le="+Inf"} 3
                wait_seconds_sum{kind="pod"} 2.75
                wait_seconds_count{kind="pod"} 3

                """#)
        #expect(registry.irregularities == [])
        _ = try Exposition(registry.exposition())
    }

    @Test("makes of each kind of instrument what it is in Prometheus")
    func kinds() throws {
        let registry = PrometheusRegistry([], describesProcess: false)
        let counter = Counter(label: "a", factory: registry)
        counter.increment(by: 3)
        counter.increment(by: -5)
        let fraction = FloatingPointCounter(label: "b", factory: registry)
        fraction.increment(by: 0.5)
        fraction.increment(by: 0.25)
        fraction.increment(by: -1)
        fraction.increment(by: Double.infinity)
        let meter = Meter(label: "c", factory: registry)
        meter.set(10)
        meter.increment(by: 2)
        meter.decrement(by: 13.5)
        Gauge(label: "d", factory: registry).record(Double.nan)
        let recorder = Recorder(label: "e", factory: registry)
        recorder.record(0.005)
        recorder.record(7 as Int64)
        recorder.record(Double.nan)
        Recorder(label: "f", dimensions: [], aggregate: false, factory: registry).record(-3)
        let exposition = try Exposition(registry.exposition())
        #expect(exposition.metrics.map(\.type) == ["counter", "counter", "gauge", "gauge", "histogram", "gauge"])
        #expect(exposition.value("a") == 3)
        #expect(exposition.value("b") == 0.75)
        #expect(exposition.value("c") == -1.5)
        #expect(exposition.value("d")?.isNaN == true)
        #expect(exposition.value("e_bucket", ["le": "0.005"]) == 1)
        #expect(exposition.value("e_bucket", ["le": "5"]) == 1)
        #expect(exposition.value("e_count") == 2)
        #expect(exposition.value("e_sum") == 7.005)
        #expect(exposition["e"]?.samples.count == MetricDescription.defaultBuckets.count + 3)
        #expect(exposition.value("f") == -3)
        counter.reset()
        #expect(try Exposition(registry.exposition()).value("a") == 0)
    }

    @Test("exposes any name and label in the format's letters")
    func names() throws {
        let registry = PrometheusRegistry([], describesProcess: false)
        let hostile = "a\"b\\c\nd\r\n é }{ # HELP x y\u{2028}"
        Counter(
            label: "http.requests-1/é\n", dimensions: [("a b", hostile), ("1", ""), ("__name__", "x"), ("é", "1")],
            factory: registry
        ).increment()
        Counter(label: "9\"} 7", factory: registry).increment()
        Counter(label: "", factory: registry).increment()
        Counter(label: "twice", dimensions: [("l", "1"), ("l", "2")], factory: registry).increment()
        Timer(label: "h", dimensions: [("le", "1")], factory: registry).recordSeconds(1)
        let exposition = try Exposition(registry.exposition())
        #expect(exposition.metrics.map(\.name) == ["_", "_9___7", "h", "http_requests_1___", "twice"])
        #expect(
            exposition["http_requests_1___"]?.samples.first?.labels
                == ["a_b": hostile, "_1": "", "_name__": "x", "_": "1"])
        #expect(exposition.value("twice", ["l": "2"]) == 1)
        #expect(exposition.value("h_count", ["exported_le": "1"]) == 1)
    }

    @Test("exposes no more sets of labels than allowed, and counts the others")
    func limit() throws {
        let registry = registry(limit: 3)
        for code in 0..<10 {
            Counter(label: "requests_total", dimensions: [("code", "\(code)")], factory: registry).increment()
        }
        Counter(label: "requests_total", dimensions: [("code", "1")], factory: registry).increment()
        let exposition = try Exposition(registry.exposition())
        #expect(exposition["requests_total"]?.samples.map(\.value) == [1, 2, 1])
        #expect(exposition.value("osm_metrics_dropped_total", ["metric": "requests_total"]) == 7)
    }

    @Test("exposes a name as one kind only, and tells what is not as described")
    func conflicts() throws {
        let registry = registry()
        Counter(label: "requests_total", dimensions: [("code", "1")], factory: registry).increment()
        Gauge(label: "requests_total", factory: registry).record(5)
        Counter(label: "queued", factory: registry).increment()
        Counter(label: "free", factory: registry).increment()
        Meter(label: "free", factory: registry).set(1)
        Counter(label: "wait_seconds_count", factory: registry).increment()
        Counter(label: "t_sum", factory: registry).increment()
        Timer(label: "t", factory: registry).recordSeconds(1)
        Timer(label: "wait_seconds", factory: registry).recordSeconds(1)
        let exposition = try Exposition(registry.exposition())
        #expect(
            exposition.metrics.map(\.name)
                == ["free", "osm_metrics_dropped_total", "requests_total", "t_sum", "wait_seconds"])
        #expect(exposition["osm_metrics_dropped_total"]?.samples.map(\.value).reduce(0, +) == 5)
        #expect(
            registry.irregularities == [
                "free is not described", "queued is used as a counter, not a gauge",
                "requests_total has the labels [], not [\"code\"]",
                "requests_total is used as a gauge, not a counter", "t is not described", "t_sum is not described",
                "wait_seconds has the labels [], not [\"kind\"]", "wait_seconds_count is not described",
            ])
    }

    @Test("forgets an instrument that is destroyed")
    func destruction() throws {
        let registry = registry()
        let first = Counter(label: "requests_total", dimensions: [("code", "1")], factory: registry)
        let second = Counter(label: "requests_total", dimensions: [("code", "2")], factory: registry)
        first.increment(by: 5)
        second.increment()
        first.destroy()
        first.increment()
        #expect(try Exposition(registry.exposition())["requests_total"]?.samples.map(\.value) == [1])
        let again = Counter(label: "requests_total", dimensions: [("code", "1")], factory: registry)
        // What is destroyed a second time is not what bears the labels now.
        first.destroy()
        again.increment(by: 2)
        #expect(try Exposition(registry.exposition())["requests_total"]?.samples.map(\.value) == [2, 1])
        again.destroy()
        second.destroy()
        let instruments: [() -> Void] = [
            Timer(label: "t", factory: registry).destroy, Recorder(label: "r", factory: registry).destroy,
            Meter(label: "m", factory: registry).destroy, Gauge(label: "g", factory: registry).destroy,
            FloatingPointCounter(label: "f", factory: registry).destroy,
        ]
        for destroy in instruments { destroy() }
        #expect(registry.exposition() == "")
    }

    @Test("asks for what is read rather than kept before each exposition")
    func scrape() throws {
        let registry = registry()
        let gauge = Meter(label: "queued", factory: registry)
        registry.onScrape { gauge.increment(by: 1) }
        #expect(try Exposition(registry.exposition()).value("queued") == 1)
        #expect(try Exposition(registry.exposition()).value("queued") == 2)
    }

    @Test("loses nothing where many record at once")
    func concurrency() async throws {
        let registry = registry()
        let (tasks, rounds) = (8, 5_000)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    let fraction = FloatingPointCounter(label: "fraction", factory: registry)
                    let meter = Meter(label: "meter", factory: registry)
                    for round in 0..<rounds {
                        // Made anew each time: the instruments of one name and dimensions are one.
                        Counter(label: "requests_total", dimensions: [("code", "\(round % 4)")], factory: registry)
                            .increment()
                        Timer(label: "wait_seconds", dimensions: [("kind", "k")], factory: registry)
                            .recordMilliseconds(round.isMultiple(of: 2) ? 250 : 500)
                        fraction.increment(by: 0.5)
                        meter.increment(by: 3)
                        meter.decrement(by: 2)
                        if round == rounds / 2, task < 2 { #expect((try? Exposition(registry.exposition())) != nil) }
                    }
                }
            }
        }
        let exposition = try Exposition(registry.exposition())
        let total = Double(tasks * rounds)
        for code in 0..<4 { #expect(exposition.value("requests_total", ["code": "\(code)"]) == total / 4) }
        #expect(exposition.value("wait_seconds_bucket", ["kind": "k", "le": "0.25"]) == total / 2)
        #expect(exposition.value("wait_seconds_count", ["kind": "k"]) == total)
        #expect(exposition.value("wait_seconds_sum", ["kind": "k"]) == total * 0.375)
        #expect(exposition.value("fraction") == total / 2)
        #expect(exposition.value("meter") == total)
    }

    @Test("knows the figures of its process")
    func process() throws {
        let registry = PrometheusRegistry([])
        let exposition = try Exposition(registry.exposition())
        #expect(
            exposition.metrics.map(\.name) == [
                "process_cpu_seconds_total", "process_open_fds", "process_resident_memory_bytes",
                "process_start_time_seconds",
            ])
        #expect(exposition.metrics.allSatisfy { $0.help?.isEmpty == false })
        #expect(exposition["process_cpu_seconds_total"]?.type == "counter")
        #expect(try #require(exposition.value("process_resident_memory_bytes")) > 1_000_000)
        // At least those that every process starts with.
        #expect(try #require(exposition.value("process_open_fds")) >= 3)
        let start = try #require(exposition.value("process_start_time_seconds"))
        #expect(start > 1_700_000_000)
        // Work shows as time of the processor.
        let before = try #require(exposition.value("process_cpu_seconds_total"))
        var text = ""
        var after = before
        while after == before {
            for round in 0..<10_000 { text = String(text.hashValue &+ round) }
            after = try #require(try Exposition(registry.exposition()).value("process_cpu_seconds_total"))
        }
        #expect(after > before)
        #expect(try Exposition(registry.exposition()).value("process_start_time_seconds") == start)
    }
}

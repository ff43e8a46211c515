internal import Metrics
internal import NIOCore
internal import XDSCache

/// What the server counts; the names mean what `MetricCatalogue` of Observability says.
struct XDSMetrics: Sendable {
    /// Why a stream is refused, in one word.
    enum Refusal: String, CaseIterable {
        /// The proxy did not prove who it is.
        case authentication
        /// Its pod is not one of the mesh's, or has another identity.
        case mesh
        /// It has too many streams.
        case streams
        /// As many proxies as may be are connected.
        case limit
        /// The controller is stopping.
        case stopping
    }

    /// What is counted for each type of resource; made once, since a stream counts often.
    private struct OfType: Sendable {
        let requests: Counter
        let responses: Counter
        let failures: Counter
        let bytes: Counter
        let resources: Counter
        let acknowledgements: Counter
        let refusals: Counter
        let quarantined: Counter
        let time: Timer

        init(_ type: ResourceType, _ factory: any MetricsFactory) {
            func counter(_ label: String) -> Counter {
                Counter(label: label, dimensions: [("type", type.url)], factory: factory)
            }
            requests = counter("osm_proxy_xds_request_count")
            responses = counter("osm_proxy_response_send_success_count")
            failures = counter("osm_proxy_response_send_error_count")
            bytes = counter("osm_xds_sent_bytes_total")
            resources = counter("osm_xds_sent_resources_total")
            acknowledgements = counter("osm_xds_acks_total")
            refusals = counter("osm_xds_nacks_total")
            quarantined = counter("osm_xds_quarantined_total")
            time = Timer(
                label: "osm_proxy_config_update_time",
                dimensions: [("resource_type", type.url), ("success", "true")], factory: factory)
        }
    }

    private let proxies: Meter
    private let streams: Meter
    private let refused: [Refusal: Counter]
    /// The original's own counter.
    private let beyondLimit: Counter
    private let connectionsRefused: Counter
    private let types: [ResourceType: OfType]

    init(_ factory: any MetricsFactory) {
        proxies = Meter(label: "osm_proxy_connect_count", factory: factory)
        streams = Meter(label: "osm_xds_streams", factory: factory)
        beyondLimit = Counter(label: "osm_proxy_max_connections_rejected", factory: factory)
        connectionsRefused = Counter(label: "osm_xds_connections_refused_total", factory: factory)
        refused = Dictionary(
            uniqueKeysWithValues: Refusal.allCases.map { refusal in
                let dimensions = [("reason", refusal.rawValue)]
                return (
                    refusal,
                    Counter(label: "osm_xds_streams_refused_total", dimensions: dimensions, factory: factory)
                )
            })
        types = Dictionary(uniqueKeysWithValues: ResourceType.all.map { ($0, OfType($0, factory)) })
    }

    /// A stream is served; whether it is its proxy's only one.
    func opened(isOnly: Bool) {
        streams.increment()
        if isOnly { proxies.increment() }
    }

    /// A stream that was served is over; whether it was the last of its proxy's.
    func closed(isLast: Bool) {
        streams.decrement()
        if isLast { proxies.decrement() }
    }

    func refused(_ refusal: Refusal) {
        refused[refusal]?.increment()
        if refusal == .limit { beyondLimit.increment() }
    }

    /// A connection was closed at once.
    func connectionRefused() { connectionsRefused.increment() }

    func requested(_ type: ResourceType) { types[type]?.requests.increment() }

    /// A response was handed to the connection, as far as the proxy takes it.
    func sent(_ response: ProxySession.Outgoing) {
        let type = types[response.type]
        type?.responses.increment()
        type?.bytes.increment(by: response.bytes.readableBytes - MessageFraming.prefix)
        type?.resources.increment(by: response.resources)
    }

    /// A response could not be handed to the connection.
    func failed(_ response: ProxySession.Outgoing) { types[response.type]?.failures.increment() }

    func happened(_ event: ProxyStream.Event) {
        switch event {
        case .acknowledged(let response, let time):
            types[response.type]?.acknowledgements.increment()
            types[response.type]?.time.record(duration: time)
        case .refused(let response, _): types[response.type]?.refusals.increment()
        case .quarantined(let resource, _): types[resource.key.name.type]?.quarantined.increment()
        case .asked: break
        }
    }
}

/// Whether proxies answer the probes of other proxies by themselves, before anybody is asked who may call.
public struct HealthCheckAnswers: Hashable, Sendable {
    /// Whether they do.
    public let areGiven: Bool

    /// Answers, or none.
    public init(areGiven: Bool) { self.areGiven = areGiven }

    /// The path of the probes, the original's.
    public static let path = "/healthz/osm"
    /// The header by which probes are told from requests, the original's.
    public static let header = "x-osm-envoy-healthcheck"
}

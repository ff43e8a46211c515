/// The ports and the user that a sidecar occupies in its pod, with the original's numbers.
public enum ProxyPorts {
    /// Envoy's administration interface, on the loopback address only.
    public static let admin: UInt16 = 15000
    /// Where outbound connections are redirected to.
    public static let outbound: UInt16 = 15001
    /// Where inbound connections are redirected to.
    public static let inbound: UInt16 = 15003
    /// Where Prometheus reads the sidecar's metrics.
    public static let metrics: UInt16 = 15010
    /// Where rewritten liveness, readiness and startup probes arrive, and the helper for probes that are not HTTP.
    public static let probes: [UInt16] = [15901, 15902, 15903, 15904]
    /// Where the helper answers probes that are not HTTP.
    public static let helper: UInt16 = 15904
    /// The control plane's port for proxies.
    public static let controlPlane: UInt16 = 15128

    /// The user id that Envoy runs as; its own connections are told apart by it.
    public static let userID = 1500

    /// The ports that reach the sidecar itself and are never redirected on the way in, ascending.
    static let inboundExempt = [metrics] + probes
    /// The ports of other pods' sidecars that are never redirected on the way out, ascending.
    ///
    /// Envoy hands a redirected connection whose port is one of its own wildcard listeners to that listener, so
    /// without the exemption a request to another pod's metrics would be answered with this pod's.
    static let outboundExempt = [inbound, metrics] + probes
}

/// The environment variables by which a sidecar's Envoy knows its pod: what its statistics and spans say of the source.
///
/// The configuration that proxies share names them; each proxy has its own values.
public enum ProxyVariable: String, CaseIterable, Sendable {
    /// The pod's namespace.
    case namespace = "OSM_NAMESPACE"
    /// The pod's name.
    case pod = "OSM_POD"
    /// The kind of the pod's workload.
    case workloadKind = "OSM_WORKLOAD_KIND"
    /// The name of the pod's workload.
    case workloadName = "OSM_WORKLOAD_NAME"
    /// What spans of OpenTelemetry say of the pod, as its specification writes it: `key=value` joined by commas.
    case resourceAttributes = "OTEL_RESOURCE_ATTRIBUTES"
}

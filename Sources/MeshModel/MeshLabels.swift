/// The labels and annotations that the mesh reads or writes, with the original's names.
public enum MeshLabels {
    /// What the names of the mesh's labels and annotations begin with.
    static let prefix = "openservicemesh.io/"
    /// Label of a Namespace: the name of the mesh it belongs to.
    public static let monitoredBy = "openservicemesh.io/monitored-by"
    /// Label of a Namespace: the mesh leaves it alone.
    public static let ignore = "openservicemesh.io/ignore"
    /// Label of a pod with a sidecar.
    public static let proxyUUID = "osm-proxy-uuid"
    /// Annotation of a Namespace or pod: whether pods get a sidecar.
    public static let sidecarInjection = "openservicemesh.io/sidecar-injection"
    /// Annotation of a Namespace: whether Prometheus is told to read the metrics of its sidecars.
    public static let metrics = "openservicemesh.io/metrics"
    /// Annotation of a Namespace: permissive mode for the services in it, whatever the mesh's mode.
    public static let permissiveMode = "openservicemesh.io/permissive-traffic-policy"
    /// The audience of the token by which a proxy proves who it is.
    public static let proxyTokenAudience = "osm-xds"

    /// What the value of an annotation switches: `enabled`, `yes` and `true` on, `disabled`, `no` and `false` off, in
    /// any case, as the original reads them; `nil` for any other text.
    public static func switchPosition(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "enabled", "yes", "true": true
        case "disabled", "no", "false": false
        default: nil
        }
    }
}

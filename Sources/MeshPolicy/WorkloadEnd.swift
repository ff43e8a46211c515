/// What tells a sidecar that the applications of its pod have ended for good.
///
/// Without native sidecars a pod ends only when its sidecar does. Nobody in the pod can tell that its applications will
/// not be started again; the control plane can, and says so by a cluster of this name that leads nowhere. The pod's
/// helper asks the sidecar whether it is there.
public struct WorkloadEnd: Hashable, Sendable {
    /// The only value.
    public init() {}

    /// The name of the cluster.
    public static let name = "workload-ended"
}

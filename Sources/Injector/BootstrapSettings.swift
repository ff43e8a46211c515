public import MeshModel

/// What differs between the bootstraps of two sidecars.
public struct BootstrapSettings: Hashable, Sendable {
    /// What Envoy calls itself: `<pod uid>/<pod name>`.
    ///
    /// It names the proxy in logs and proves nothing.
    ///
    /// In a container's arguments Kubernetes fills in `$(POD_UID)/$(POD_NAME)`.
    public var nodeID: String
    /// The workload that Envoy says it belongs to: `<service account>.<namespace>`.
    public var nodeCluster: String
    /// The namespace of the control plane.
    public var controllerNamespace: String
    /// Where the control plane listens: a host name or an IP address.
    public var controllerHost: String
    /// The control plane's port for proxies.
    public var controllerPort: UInt16
    /// The families of the pod's addresses; the metrics listener binds the wildcard address of each.
    ///
    /// A family that the kernel lacks would keep Envoy from starting.
    public var families: Set<IPAddress.Family>
    /// The files that Envoy reads.
    public var files: ProxyFiles
    /// The probes that it answers, in the order of the pod's containers.
    public var probes: [ProbedRequest]

    /// Settings with the given values.
    ///
    /// - Parameter controllerHost: `nil` for the name of the control plane's Service in the cluster.
    public init(
        nodeID: String, nodeCluster: String, controllerNamespace: String, controllerHost: String? = nil,
        controllerPort: UInt16 = ProxyPorts.controlPlane, families: Set<IPAddress.Family> = [.v4],
        files: ProxyFiles = ProxyFiles(), probes: [ProbedRequest] = []
    ) {
        self.nodeID = nodeID
        self.nodeCluster = nodeCluster
        self.controllerNamespace = controllerNamespace
        self.controllerHost = controllerHost ?? "osm-controller.\(controllerNamespace).svc.cluster.local"
        self.controllerPort = controllerPort
        self.families = families
        self.files = files
        self.probes = probes
    }

    /// What Envoy calls the workload of an identity.
    public static func nodeCluster(of identity: ServiceIdentity) -> String {
        "\(identity.serviceAccount).\(identity.namespace)"
    }

    /// The only name that the control plane's certificate may carry; issuers refuse it to workloads.
    public var controllerName: String { "osm-controller.\(controllerNamespace).svc" }
}

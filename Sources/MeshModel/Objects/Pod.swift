/// A Kubernetes Pod: who runs in it, where, and whether it has a sidecar.
public struct Pod: MeshObject {
    /// The kind of all objects of this type.
    public static let kind = ObjectKind.pod

    /// A named port of a container.
    public struct ContainerPort: Hashable, Sendable {
        /// The port's name; empty if it has none.
        public var name: String
        /// The port's number.
        public var port: UInt16

        /// A port of a container.
        public init(name: String, port: UInt16) {
            self.name = name
            self.port = port
        }
    }

    /// Name, labels, uid.
    public var metadata: ObjectMetadata
    /// `spec.serviceAccountName`, `default` if absent.
    public var serviceAccount: String
    /// `status.podIPs` (else `status.podIP`) as addresses, in the order of the status; unreadable ones are left out.
    public var addresses: [IPAddress]
    /// `status.phase`; empty where unknown.
    public var phase: String
    /// The TCP ports of all containers, in the order of the spec.
    public var ports: [ContainerPort]
    /// Whether the pod mounts a token for the audience `osm-xds`: the mark of a sidecar of ours.
    public var mountsProxyToken: Bool
    /// What keeps the pod running, by its controller; `nil` for a pod without one.
    public var workload: Workload?
    /// Whether all its applications have ended and will not be started again, though sidecars may still run.
    public var applicationsHaveEnded: Bool

    /// A pod with the given fields.
    public init(
        metadata: ObjectMetadata, serviceAccount: String = "default", addresses: [IPAddress] = [],
        phase: String = "Running", ports: [ContainerPort] = [], mountsProxyToken: Bool = true,
        workload: Workload? = nil, applicationsHaveEnded: Bool = false
    ) {
        self.metadata = metadata
        self.serviceAccount = serviceAccount
        self.addresses = addresses
        self.phase = phase
        self.ports = ports
        self.mountsProxyToken = mountsProxyToken
        self.workload = workload
        self.applicationsHaveEnded = applicationsHaveEnded
    }

    /// The identity of the pod's workload.
    public var identity: ServiceIdentity {
        ServiceIdentity(namespace: metadata.namespace, serviceAccount: serviceAccount)
    }

    /// Whether the pod speaks the mesh's mutual TLS: it has a sidecar of ours, or of the original.
    public var isMeshPod: Bool { mountsProxyToken || metadata.labels[MeshLabels.proxyUUID] != nil }

    /// Whether the pod has ended and will not run again.
    public var isTerminal: Bool { phase == "Succeeded" || phase == "Failed" }
}

extension Pod: Decodable {
    private enum Key: String, CodingKey { case metadata, spec, status }
    private enum SpecKey: String, CodingKey {
        case serviceAccountName, containers, initContainers, volumes, restartPolicy
    }
    private enum StatusKey: String, CodingKey { case phase, podIP, podIPs, containerStatuses }

    private struct Container: Decodable {
        struct Port: Decodable {
            enum Key: String, CodingKey {
                case name, containerPort
                case transport = "protocol"
            }

            let name: String
            let port: UInt16
            let isTCP: Bool

            init(from decoder: any Decoder) throws {
                let fields = try decoder.container(keyedBy: Key.self)
                name = try fields.value(.name, or: "")
                port = try fields.port(.containerPort) ?? 0
                isTCP = try fields.value(.transport, or: "TCP") == "TCP"
            }
        }

        let name: String?
        let ports: [Port]?
        let restartPolicy: String?

        var isSidecar: Bool { restartPolicy == "Always" }
    }

    private struct Volume: Decodable {
        struct Projected: Decodable { let sources: [Source]? }
        struct Source: Decodable { let serviceAccountToken: Token? }
        struct Token: Decodable { let audience: String? }

        let projected: Projected?

        var holdsProxyToken: Bool {
            projected?.sources?.contains { $0.serviceAccountToken?.audience == MeshLabels.proxyTokenAudience } ?? false
        }
    }

    private struct Address: Decodable { let ip: String? }

    private struct Owners: Decodable {
        struct Owner: Decodable {
            let kind: String?
            let name: String?
            let controller: Bool?
        }

        let ownerReferences: [Owner]?

        var workload: Workload? {
            guard let owner = ownerReferences?.first(where: { $0.controller == true }), let kind = owner.kind,
                let name = owner.name
            else { return nil }
            return Workload(ofController: kind, named: name)
        }
    }

    /// Reads a Pod of `v1`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let spec = try fields.object(.spec, SpecKey.self)
        let status = try fields.object(.status, StatusKey.self)
        // Init containers that run as long as the others count too, after them, as Kubernetes looks ports up.
        let initial: [Container] = try spec?.value(.initContainers) ?? []
        let main: [Container] = try spec?.value(.containers) ?? []
        let containers = main + initial.filter(\.isSidecar)
        let policy: String? = try spec?.value(.restartPolicy)
        // Of the pods that run for ever, which are most, no statuses are read.
        let statuses: [ContainerStatus] =
            policy == nil || policy == "Always" ? [] : try status?.value(.containerStatuses) ?? []
        let account: String = try spec?.value(.serviceAccountName) ?? ""
        let listed: [Address] = try status?.value(.podIPs) ?? []
        let single: String? = try status?.value(.podIP)
        let volumes: [Volume] = try spec?.value(.volumes) ?? []
        self.init(
            metadata: try fields.decode(ObjectMetadata.self, forKey: .metadata),
            serviceAccount: account.isEmpty ? "default" : account,
            addresses: (listed.isEmpty ? [single] : listed.map(\.ip)).compactMap { $0.flatMap { IPAddress($0) } },
            phase: try status?.value(.phase) ?? "",
            ports: containers.flatMap { $0.ports ?? [] }.filter(\.isTCP)
                .map { ContainerPort(name: $0.name, port: $0.port) },
            mountsProxyToken: volumes.contains(where: \.holdsProxyToken),
            workload: try fields.decode(Owners.self, forKey: .metadata).workload,
            applicationsHaveEnded: Self.haveEnded(main.compactMap(\.name), statuses, restartPolicy: policy))
    }
}

extension Pod {
    /// An object that means nothing, since only its metadata could be read.
    public init(unread metadata: ObjectMetadata) {
        self.init(metadata: metadata, mountsProxyToken: false)
    }

    /// Names and the numbers of ports.
    public func validate() -> [Problem] {
        var list = ProblemList()
        list.check(metadata, of: Self.kind)
        list.checkName(serviceAccount, "spec.serviceAccountName")
        if ports.contains(where: { $0.port == 0 }) {
            list.add("spec.containers", "has a TCP port without a number: write `containerPort`, from 1 to 65535")
        }
        return list.problems
    }
}

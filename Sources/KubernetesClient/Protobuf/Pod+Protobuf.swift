package import KubernetesAPI
package import MeshModel

extension Pod: ProtobufObject {
    /// The pod that a message stands for.
    package init(_ message: Core_Pod) throws {
        let (spec, status) = (message.spec, message.status)
        let main = spec.containers
        // Init containers that run as long as the others count too, after them, as Kubernetes looks ports up.
        let containers = main + spec.initContainers.filter { $0.restartPolicy == "Always" }
        let listed = status.podIps.isEmpty ? [status.podIp] : status.podIps.map(\.ip)
        self.init(
            metadata: ObjectMetadata(message.metadata),
            serviceAccount: spec.serviceAccountName.isEmpty ? "default" : spec.serviceAccountName,
            addresses: listed.compactMap { IPAddress($0) }, phase: status.phase,
            ports: try containers.flatMap { try $0.ports.compactMap { try ContainerPort($0) } },
            mountsProxyToken: spec.volumes.contains(where: \.holdsProxyToken),
            workload: Workload(ofFirstControllerIn: message.metadata.ownerReferences),
            // Most pods run for ever, and need no look at their containers.
            applicationsHaveEnded: spec.restartPolicy != "Always"
                && Self.haveEnded(
                    main.map(\.name), status.containerStatuses.map { ContainerStatus($0) },
                    restartPolicy: spec.restartPolicy)
        )
    }
}

extension Pod.ContainerPort {
    /// `nil` for what is not TCP.
    fileprivate init?(_ message: Core_ContainerPort) throws {
        let port = try UInt16(port: message.containerPort, at: "spec.containers")
        guard message.protocol.isEmpty || message.protocol == "TCP" else { return nil }
        self.init(name: message.name, port: port)
    }
}

extension Pod.ContainerStatus {
    fileprivate init(_ message: Core_ContainerStatus) {
        self.init(
            name: message.name,
            exitCode: message.state.hasTerminated ? Int(message.state.terminated.exitCode) : nil)
    }
}

extension Core_Volume {
    /// Whether a token is in it by which a proxy proves who it is.
    fileprivate var holdsProxyToken: Bool {
        volumeSource.projected.sources.contains {
            $0.serviceAccountToken.audience == MeshLabels.proxyTokenAudience
        }
    }
}

extension Workload {
    fileprivate init?(ofFirstControllerIn owners: [Meta_OwnerReference]) {
        guard let owner = owners.first(where: \.controller) else { return nil }
        self.init(ofController: owner.kind, named: owner.name)
    }
}

internal import MeshModel

/// A pod that is about to be created, as far as the injector reads it.
///
/// Everything else of it stays as it is, since the injector's answer is a patch.
public struct SubmittedPod: Decodable, Sendable {
    struct Metadata: Decodable, Sendable {
        struct Owner: Decodable, Sendable {
            var kind: String?
            var name: String?
            var controller: Bool?
        }

        var name: String?
        var generateName: String?
        var labels: [String: String]?
        var annotations: [String: String]?
        var ownerReferences: [Owner]?
    }

    struct Spec: Decodable, Sendable {
        struct OperatingSystem: Decodable, Sendable { var name: String? }
        struct SecurityContext: Decodable, Sendable { var runAsUser: Int64? }

        var hostNetwork: Bool?
        var nodeSelector: [String: String]?
        var os: OperatingSystem?
        var restartPolicy: String?
        var securityContext: SecurityContext?
        var initContainers: [SubmittedContainer]?
        var containers: [SubmittedContainer]
        var volumes: [Volume]?
    }

    struct Volume: Decodable, Sendable {
        struct Projected: Decodable, Sendable { var sources: [Source]? }
        struct Source: Decodable, Sendable { var serviceAccountToken: Token? }
        struct Token: Decodable, Sendable { var audience: String? }

        var name: String
        var projected: Projected?
    }

    var metadata: Metadata
    var spec: Spec

    /// The pod's name, or what its name will begin with.
    public var name: String {
        if let name = metadata.name, !name.isEmpty { return name }
        return metadata.generateName.map { "\($0)*" } ?? ""
    }

    /// What keeps the pod running.
    var workload: Workload {
        guard let owner = metadata.ownerReferences?.first(where: { $0.controller == true }), let kind = owner.kind,
            let name = owner.name
        else { return .unknown }
        return Workload(ofController: kind, named: name)
    }

    /// Whether it has sidecars of its own that are init containers which go on running.
    ///
    /// Such a pod runs only where the cluster and its nodes know them.
    var hasNativeSidecars: Bool { spec.initContainers?.contains(where: \.keepsRunning) ?? false }

    /// The pod's own containers that keep running, which alone have probes and hooks, each with its place in the pod.
    var running: [(place: [String], container: SubmittedContainer)] {
        let lists = [("containers", spec.containers), ("initContainers", spec.initContainers ?? [])]
        return lists.flatMap { field, list in
            list.enumerated().filter { _, container in
                (field == "containers" || container.keepsRunning) && !SidecarContainers.names.contains(container.name)
            }.map { (place: ["spec", field, "\($0.offset)"], container: $0.element) }
        }
    }

    /// Whether it runs on Windows nodes only.
    var isForWindows: Bool {
        [spec.os?.name, spec.nodeSelector?["kubernetes.io/os"], spec.nodeSelector?["beta.kubernetes.io/os"]]
            .contains { $0?.lowercased() == "windows" }
    }
}

/// A container of a pod, as far as the injector reads it.
struct SubmittedContainer: Decodable, Sendable {
    struct Port: Decodable, Sendable {
        enum CodingKeys: String, CodingKey {
            case name, containerPort
            case transport = "protocol"
        }

        var name: String?
        var containerPort: Int?
        var transport: String?
    }

    struct Mount: Decodable, Sendable { var name: String? }

    /// What is done as it starts and before it ends.
    struct Lifecycle: Decodable, Sendable {
        struct Hook: Decodable, Sendable { var httpGet: Probe.HTTPGet? }

        var postStart: Hook?
        var preStop: Hook?
    }

    var name: String
    var restartPolicy: String?
    var ports: [Port]?
    var securityContext: SubmittedPod.Spec.SecurityContext?
    var volumeMounts: [Mount]?
    var livenessProbe: Probe?
    var readinessProbe: Probe?
    var startupProbe: Probe?
    var lifecycle: Lifecycle?

    /// Whether it is an init container that goes on running beside the others.
    var keepsRunning: Bool { restartPolicy == "Always" }

    func probe(_ kind: Probe.Kind) -> Probe? {
        switch kind {
        case .liveness: livenessProbe
        case .readiness: readinessProbe
        case .startup: startupProbe
        }
    }

    /// The number of a port.
    func number(of port: Probe.Port) -> UInt16? {
        switch port {
        case .number(let number): number
        case .name(let name):
            ports?.first { $0.name == name }?.containerPort.flatMap { UInt16(exactly: $0) }
        }
    }
}

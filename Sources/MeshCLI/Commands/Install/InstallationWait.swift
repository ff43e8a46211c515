internal import KubernetesClient
internal import MeshInstallation
internal import MeshModel

/// Waits until a mesh that was installed is ready, and says how far it is.
struct InstallationWait {
    let cluster: ClusterConnection
    let installation: Installation

    private var client: KubernetesClient { cluster.client }

    /// How far a mesh is.
    enum Progress: Equatable {
        case ready
        /// What is still missing.
        case missing(String)
        /// Only its author can get it on.
        case stalled(String)
    }

    private struct Deployment: Decodable {
        struct Metadata: Decodable { let generation: Int? }
        struct Specification: Decodable { let replicas: Int? }
        struct Status: Decodable {
            let observedGeneration: Int?
            let replicas: Int?
            let updatedReplicas: Int?
            let availableReplicas: Int?
        }
        let metadata: Metadata
        let spec: Specification
        let status: Status?

        /// Whether all replicas are of the newest generation and available.
        var isRolledOut: Bool {
            let wanted = spec.replicas ?? 1
            return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)
                && status?.updatedReplicas ?? 0 >= wanted && status?.availableReplicas ?? 0 >= wanted
                && status?.replicas ?? 0 <= wanted
        }

        var words: String { "\(status?.availableReplicas ?? 0) of \(spec.replicas ?? 1) replicas are available" }
    }

    private struct Settings: Decodable {
        struct Metadata: Decodable { let generation: Int? }
        struct Status: Decodable { let conditions: [Condition]? }
        struct Condition: Decodable {
            let type: String
            let status: String
            let observedGeneration: Int?
            let message: String?
        }
        let metadata: Metadata
        let status: Status?

        func condition(_ type: String) -> Condition? {
            status?.conditions?.first { $0.type == type && ($0.observedGeneration ?? 0) >= (metadata.generation ?? 0) }
        }
    }

    /// Returns when the mesh is ready.
    ///
    /// - Throws: ``CommandFailure`` with what is missing at the deadline, and why; `KubernetesError`.
    func wait(until deadline: ContinuousClock.Instant) async throws {
        var told: String?
        let action = "waiting for mesh [\(installation.meshName)] in namespace [\(installation.namespace)]"
        while true {
            switch try await progress() {
            case .ready: return
            case .stalled(let reason):
                throw CommandFailure(
                    action, because: reason,
                    advice: "correct it with osm mesh upgrade --set, or in the MeshConfig itself")
            case .missing(let what):
                if what != told { cluster.console.error("waiting: \(what)") }
                told = what
            }
            guard ContinuousClock.now < deadline else {
                let pods = try await troubles()
                throw CommandFailure(
                    action, because: (["timed out: \(told ?? "")"] + pods).joined(separator: "\n  "),
                    advice: "see kubectl describe pods -n \(installation.namespace), or give it longer with --timeout")
            }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    private func progress() async throws -> Progress {
        let controller = ObjectName(namespace: installation.namespace, name: "osm-controller")
        guard let deployment = try await client.get(.deployment, controller, as: Deployment.self) else {
            return .missing("the Deployment osm-controller is gone")
        }
        guard deployment.isRolledOut else { return .missing("osm-controller: \(deployment.words)") }
        for (resource, name) in [
            (APIResource.mutatingWebhookConfiguration, "osm-webhook-\(installation.meshName)"),
            (.validatingWebhookConfiguration, "osm-validator-mesh-\(installation.meshName)"),
        ] {
            let name = ObjectName(namespace: "", name: name)
            if try await client.get(resource, name, as: JSONContent.self) == nil {
                return .missing("the controller has not registered \(name.name) yet")
            }
        }
        let name = ObjectName(namespace: installation.namespace, name: "osm-mesh-config")
        guard let config = try await client.get(APIResource(.meshConfig), name, as: Settings.self) else {
            return .missing("the MeshConfig osm-mesh-config is gone")
        }
        if config.condition("Ready")?.status == "True" { return .ready }
        if let stalled = config.condition("Stalled"), stalled.status == "True" {
            return .stalled("the MeshConfig osm-mesh-config: \(stalled.message ?? "has a mistake")")
        }
        return .missing("the MeshConfig osm-mesh-config is not in effect yet")
    }

    private struct Pod: Decodable {
        struct Metadata: Decodable { let name: String }
        struct Status: Decodable {
            let phase: String?
            let conditions: [Condition]?
            let containerStatuses: [Container]?
        }
        struct Condition: Decodable {
            let type: String
            let status: String
            let reason: String?
            let message: String?
        }
        struct Container: Decodable {
            let name: String
            let ready: Bool?
            let state: [String: State]?
        }
        struct State: Decodable {
            let reason: String?
            let message: String?
        }
        let metadata: Metadata
        let status: Status?
    }

    /// Why pods of the control plane are not ready, a line each.
    private func troubles() async throws -> [String] {
        let pods = try await client.list(
            .pod, namespace: installation.namespace, labelSelector: "app=osm-controller", as: Pod.self)
        guard !pods.isEmpty else { return ["there are no pods of osm-controller"] }
        return pods.compactMap { pod in
            let phase = pod.status?.phase ?? "Unknown"
            let state = (pod.status?.containerStatuses ?? []).first { $0.ready != true }?.state?.values
                .first { $0.reason != nil }
            let condition = (pod.status?.conditions ?? []).first { $0.status != "True" && $0.reason != nil }
            let words = [
                state?.reason ?? condition?.reason, state?.message ?? condition?.message,
            ].compactMap { $0 }
            return "pod \(pod.metadata.name): \(phase)" + (words.isEmpty ? "" : ", \(words.joined(separator: ": "))")
        }
    }
}

/// What a pod consists of, as far as the rig runs it.
struct PodSpec: Decodable, Sendable {
    struct SecurityContext: Decodable, Sendable {
        let runAsUser: Int?
        let runAsGroup: Int?
        let runAsNonRoot: Bool?
        let fsGroup: Int?
        let supplementalGroups: [Int]?
    }

    struct HostAlias: Decodable, Sendable {
        let ip: String
        let hostnames: [String]?
    }

    struct ReadinessGate: Decodable, Sendable { let conditionType: String }

    let nodeName: String?
    let initContainers: [Container]?
    let containers: [Container]
    let volumes: [Volume]?
    let restartPolicy: String?
    let terminationGracePeriodSeconds: Int?
    let serviceAccountName: String?
    let hostNetwork: Bool?
    let hostname: String?
    let subdomain: String?
    let dnsPolicy: String?
    let enableServiceLinks: Bool?
    let securityContext: SecurityContext?
    let hostAliases: [HostAlias]?
    let readinessGates: [ReadinessGate]?
    let activeDeadlineSeconds: Int?

    /// Whether containers that ended are started again.
    func restarts(after exitCode: Int32) -> Bool {
        switch restartPolicy ?? "Always" {
        case "Never": false
        case "OnFailure": exitCode != 0
        default: true
        }
    }

    /// The time between SIGTERM and SIGKILL.
    var gracePeriod: Duration { .seconds(terminationGracePeriodSeconds ?? 30) }
}

/// A pod as the API server has it.
struct Pod: Decodable, Sendable {
    struct Condition: Codable, Hashable, Sendable {
        var type: String
        var status: String
        var reason: String?
        var message: String?
        var lastProbeTime: String?
        var lastTransitionTime: String?
    }

    struct Status: Decodable, Sendable {
        let phase: String?
        let conditions: [Condition]?
    }

    var metadata: ObjectMeta
    let spec: PodSpec
    let status: Status?

    /// The name of the service account.
    var serviceAccount: String { spec.serviceAccountName.flatMap { $0.isEmpty ? nil : $0 } ?? "default" }
    var namespace: String { metadata.namespace ?? "default" }
    var uid: String { metadata.uid ?? "" }
    /// What programs in it see as the name of their host.
    var hostname: String { spec.hostname ?? String(metadata.name.prefix(63)) }
}

/// A pod with all that the API server said of it.
struct StoredPod: StoredObject {
    let metadata: ObjectMeta
    let json: JSONValue

    init(from decoder: any Decoder) throws {
        json = try JSONValue(from: decoder)
        metadata = try (json["metadata"] ?? .null).decoded()
    }
}

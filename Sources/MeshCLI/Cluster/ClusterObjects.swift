/// What commands read of any object.
struct ObjectHeader: Decodable, Equatable, Sendable {
    var name: String
    var namespace: String?
    var labels: [String: String]?
    var annotations: [String: String]?
    var creationTimestamp: String?
    var deletionTimestamp: String?
}

/// A namespace, as far as commands read it.
struct NamespaceObject: Decodable, Equatable, Sendable {
    var metadata: ObjectHeader
}

/// A Deployment, as far as commands read it.
struct DeploymentObject: Decodable, Equatable, Sendable {
    struct Spec: Decodable, Equatable, Sendable {
        var replicas: Int?
        var selector: Selector?
        var template: Template?
    }
    struct Selector: Decodable, Equatable, Sendable {
        var matchLabels: [String: String]?
    }
    struct Template: Decodable, Equatable, Sendable {
        var spec: PodObject.Spec?
    }
    struct Status: Decodable, Equatable, Sendable {
        var readyReplicas: Int?
        var updatedReplicas: Int?
    }

    var metadata: ObjectHeader
    var spec: Spec?
    var status: Status?
}

/// A pod, as far as commands read it.
struct PodObject: Decodable, Equatable, Sendable {
    struct Container: Decodable, Equatable, Sendable {
        var name: String
        var image: String?
        var command: [String]?
        var args: [String]?
    }
    struct Spec: Decodable, Equatable, Sendable {
        var serviceAccountName: String?
        var containers: [Container]?
        var initContainers: [Container]?
    }
    struct Condition: Decodable, Equatable, Sendable {
        var type: String
        var status: String
        var reason: String?
        var message: String?
    }
    struct ContainerStatus: Decodable, Equatable, Sendable {
        var name: String
        var restartCount: Int?
    }
    struct Status: Decodable, Equatable, Sendable {
        var phase: String?
        var podIP: String?
        var conditions: [Condition]?
        var containerStatuses: [ContainerStatus]?
    }

    var metadata: ObjectHeader
    var spec: Spec?
    var status: Status?

    /// Whether it runs and is not being deleted.
    var isRunning: Bool { status?.phase == "Running" && metadata.deletionTimestamp == nil }
    /// Whether it answers requests, as Kubernetes sees it.
    var isReady: Bool { status?.conditions?.contains { $0.type == "Ready" && $0.status == "True" } ?? false }
    /// All its containers, those that run first included.
    var containers: [Container] { (spec?.initContainers ?? []) + (spec?.containers ?? []) }
    /// The name of its ServiceAccount.
    var serviceAccount: String { spec?.serviceAccountName ?? "default" }
}

/// A change of labels and annotations; a null removes one.
struct MetadataPatch: Encodable, Sendable {
    struct Metadata: Encodable, Sendable {
        var labels: [String: String?]
        var annotations: [String: String?]
    }

    let metadata: Metadata

    init(labels: [String: String?] = [:], annotations: [String: String?] = [:]) {
        metadata = Metadata(labels: labels, annotations: annotations)
    }
}

/// What is known of one pod.
struct PodRecord: Hashable, Sendable {
    /// The pod's place in its life.
    enum Phase: String, Sendable {
        case pending = "Pending"
        case running = "Running"
        case succeeded = "Succeeded"
        case failed = "Failed"
    }

    private let readinessGates: [String]
    private let restartPolicy: String
    private let qualityOfService: String
    /// The init containers that keep running, by name.
    private let sidecars: Set<String>
    let startTime: String
    var initContainers: [ContainerRecord]
    var containers: [ContainerRecord]
    var isInitialized = false
    var address: String?
    var nodeAddress: String
    /// Set when the pod has ended for good.
    var conclusion: Phase?
    /// Why it failed, where no container says so.
    var reason: String?

    init(_ pod: Pod) {
        func records(_ containers: [Container], _ reason: String) -> [ContainerRecord] {
            containers.map {
                ContainerRecord(
                    name: $0.name, image: $0.image, hasReadinessProbe: $0.readinessProbe != nil,
                    state: .waiting(reason: reason))
            }
        }
        let hasInit = pod.spec.initContainers?.isEmpty == false
        let reason = hasInit ? "PodInitializing" : "ContainerCreating"
        initContainers = records(pod.spec.initContainers ?? [], reason)
        containers = records(pod.spec.containers, reason)
        sidecars = Set((pod.spec.initContainers ?? []).filter { $0.restartPolicy == "Always" }.map(\.name))
        readinessGates = (pod.spec.readinessGates ?? []).map(\.conditionType)
        restartPolicy = pod.spec.restartPolicy ?? "Always"
        qualityOfService = QualityOfService.name(of: pod.spec)
        startTime = Timestamp.now
        nodeAddress = NodeNamespace.address
    }

    /// What is known of a container.
    subscript(_ name: String) -> ContainerRecord? {
        get { (initContainers + containers).first { $0.name == name } }
        set {
            guard let newValue else { return }
            if let index = containers.firstIndex(where: { $0.name == name }) { containers[index] = newValue }
            if let index = initContainers.firstIndex(where: { $0.name == name }) { initContainers[index] = newValue }
        }
    }

    var phase: Phase {
        if let conclusion { return conclusion }
        return isInitialized && containers.contains { $0.isRunning || $0.termination != nil || $0.last != nil }
            ? .running : .pending
    }

    /// What keeps the pod from being ready: names of containers.
    private var unready: [String] {
        (initContainers.filter { sidecars.contains($0.name) } + containers).filter { !$0.isReady }.map(\.name)
    }

    /// The conditions, with the times at which they came about.
    ///
    /// - Parameter previous: The conditions so far; those of others are kept.
    func conditions(after previous: [Pod.Condition]) -> [Pod.Condition] {
        func condition(_ type: String, _ holds: Bool, _ reason: String?, _ message: String?) -> Pod.Condition {
            let status = holds ? "True" : "False"
            let old = previous.first { $0.type == type }
            return Pod.Condition(
                type: type, status: status, reason: holds && reason != "PodCompleted" ? nil : reason,
                message: holds ? nil : message,
                lastTransitionTime: old?.status == status ? old?.lastTransitionTime : Timestamp.now)
        }
        let isCompleted = conclusion == .succeeded
        let incomplete = initContainers.filter {
            sidecars.contains($0.name) ? !$0.isStarted : $0.termination?.exitCode != 0
        }.map(\.name)
        let unready = unready
        let reason = isCompleted ? "PodCompleted" : "ContainersNotReady"
        let message = isCompleted ? nil : "containers with unready status: [\(unready.joined(separator: " "))]"
        let closed = readinessGates.filter { gate in !previous.contains { $0.type == gate && $0.status == "True" } }
        let areReady = unready.isEmpty && conclusion == nil
        var conditions = [
            condition(
                "Initialized", isInitialized || isCompleted, isCompleted ? "PodCompleted" : "ContainersNotInitialized",
                "containers with incomplete status: [\(incomplete.joined(separator: " "))]"),
            condition(
                "Ready", areReady && closed.isEmpty, areReady ? "ReadinessGatesNotReady" : reason,
                areReady ? "the status of pod readiness gates is not \"True\": \(closed)" : message),
            condition("ContainersReady", areReady, reason, message),
        ]
        if !previous.contains(where: { $0.type == "PodScheduled" }) {
            conditions.append(condition("PodScheduled", true, nil, nil))
        }
        let own = Set(conditions.map(\.type))
        return conditions + previous.filter { !own.contains($0.type) }
    }

    /// The pod's status.
    func json(_ conditions: [Pod.Condition]) throws -> JSONValue {
        .fields([
            "phase": .string(phase.rawValue), "startTime": .string(startTime), "hostIP": .string(nodeAddress),
            "podIP": address.map { .string($0) }, "podIPs": address.map { [["ip": .string($0)]] },
            "qosClass": .string(qualityOfService), "reason": reason.map { .string($0) },
            "conditions": try JSONValue(conditions),
            "initContainerStatuses": initContainers.isEmpty
                ? nil : .array(initContainers.map { $0.json(isInitial: !sidecars.contains($0.name)) }),
            "containerStatuses": .array(
                containers.sorted { $0.name < $1.name }.map { $0.json(isInitial: false) }),
        ])
    }
}

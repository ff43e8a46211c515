public import MeshModel
public import XDSCache

/// What is to say about every object and every proxy at one moment.
public struct StatusReport: Codable, Equatable, Sendable {
    /// The latest publication that is reported on.
    public let revision: Revision
    /// The objects that users write: sorted by kind, namespace and name.
    public internal(set) var objects: [ObjectStatus]
    /// The proxies that there should be, connected or not: sorted by pod.
    public let proxies: [ProxyStatus]

    /// The generation of an object that is reported on; `nil` for one that is not.
    public func generation(of object: ObjectKey) -> Int64? { index(of: object).map { objects[$0].generation } }

    /// Says of an object that something which it names cannot be used, as somebody found out who tried.
    ///
    /// Its other parts are in effect. An object that is not accepted is left as it is.
    public mutating func add(_ problem: Problem, to object: ObjectKey, at moment: Timestamp) {
        guard let index = index(of: object) else { return }
        objects[index].judge(.no, .refNotUsable, problem.description, .stalled, at: moment)
    }

    /// Says of an object that it is still being tried whether something which it names can be used.
    public mutating func suspend(_ object: ObjectKey, _ message: String, at moment: Timestamp) {
        guard let index = index(of: object) else { return }
        objects[index].judge(.unknown, .pending, message, .reconciling, at: moment)
    }

    private func index(of object: ObjectKey) -> Int? {
        objects.firstIndex {
            $0.kind == object.kind.rawValue && $0.namespace == object.name.namespace && $0.name == object.name.name
        }
    }
}

/// The conditions of one object.
public struct ObjectStatus: Codable, Equatable, Sendable {
    /// The object's kind.
    public let kind: String
    /// The newest version of its kind that is read.
    public let apiVersion: String
    /// The object's namespace.
    public let namespace: String
    /// The object's name.
    public let name: String
    /// The object's uid; empty where it has none.
    public let uid: String
    /// The generation that is in the mesh; 0 where unknown.
    public let generation: Int64
    /// What the columns of a list show beside the conditions, by the names of the fields of `status`.
    public let summary: [String: String]
    /// What is to say about it, in the order of ``Condition/Kind``.
    public internal(set) var conditions: [Condition]

    /// The condition of a kind.
    public subscript(_ kind: Condition.Kind) -> Condition? { conditions.first { $0.type == kind } }

    fileprivate mutating func judge(
        _ status: Condition.Status, _ reason: Condition.Reason, _ message: String, _ state: Condition.Kind,
        at moment: Timestamp
    ) {
        guard self[.accepted]?.status == .yes, let resolved = self[.resolvedRefs], resolved.status == .yes else {
            return
        }
        func condition(_ type: Condition.Kind, _ status: Condition.Status) -> Condition {
            Condition(type, status, reason, message, observedGeneration: generation, lastTransitionTime: moment)
        }
        var list = conditions.filter { ![.resolvedRefs, .ready, .stalled, .reconciling].contains($0.type) }
        list += [condition(.resolvedRefs, status), condition(.ready, .no), condition(state, .yes)]
        let order = Condition.Kind.allCases
        conditions = list.sorted { (order.firstIndex(of: $0.type) ?? 0) < (order.firstIndex(of: $1.type) ?? 0) }
    }

    init(
        _ key: ObjectKey, uid: String = "", generation: Int64, summary: [String: String] = [:],
        conditions: [Condition]
    ) {
        kind = key.kind.rawValue
        let version = key.kind.versions.first ?? ""
        apiVersion = key.kind.group.isEmpty ? version : "\(key.kind.group)/\(version)"
        namespace = key.name.namespace
        name = key.name.name
        self.uid = uid
        self.generation = generation
        self.summary = summary
        self.conditions = conditions
    }
}

/// How far one proxy is.
public struct ProxyStatus: Codable, Equatable, Sendable {
    /// A resource that it refuses.
    public struct Refused: Codable, Equatable, Sendable {
        /// The resource.
        public let resource: String
        /// The proxy's own words.
        public let reason: String
        /// Whether it was refused by itself, not only as one of several.
        public let isAlone: Bool
    }

    /// Namespace and name of the pod.
    public let pod: String
    /// The pod's uid; empty where it has none.
    public let uid: String
    /// Whether it has a stream.
    public let connected: Bool
    /// Since when it is connected, or not; absent if it never was.
    public let since: Timestamp?
    /// The revision up to which it enforces everything that it sees; 0 without a stream.
    public let acknowledged: Revision
    /// What it refuses, sorted by resource.
    public let refusals: [Refused]

    init(_ proxy: ProxyID, _ progress: ProxyProgress) {
        pod = proxy.pod.description
        uid = proxy.uid
        connected = progress.isConnected
        since = progress.since
        acknowledged = progress.acknowledged
        refusals = progress.refusals.map {
            Refused(resource: $0.key.description, reason: $0.reason, isAlone: $0.isAlone)
        }
    }
}

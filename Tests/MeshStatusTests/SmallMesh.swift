import MeshModel
import MeshPolicy
import MeshStatus
import XDSCache

@testable import PolicyCompiler

/// A mesh of values: two clients and a server in the namespace `shop`, a TrafficTarget between them, and a table of
/// their statuses.
struct SmallMesh {
    var table = StatusTable()
    var history = ConditionHistory()
    /// How far the proxies are.
    var progress: [ProxyID: ProxyProgress] = [:]
    private(set) var revision: Revision = 0
    var now = Timestamp(seconds: 1_000)

    static let target = ObjectKey(kind: .trafficTarget, name: ObjectName(namespace: "shop", name: "target"))
    static let group = ObjectKey(kind: .httpRouteGroup, name: ObjectName(namespace: "shop", name: "group"))
    static let clients = ["client-a", "client-b"]

    /// The first batch: everything, with proxies that have acknowledged nothing.
    init() {
        publish(
            StatusChange(
                objects: [Self.targetSet(generation: 1), Self.groupSet(generation: 1)],
                views: Self.views(Self.clients + ["server"]), layers: Self.layers(Self.clients + ["server"]),
                deciders: Dictionary(
                    uniqueKeysWithValues: Self.clients.map { (Self.reach($0), [Self.target, Self.group]) }),
                origins: [.inbound(Self.inbound("server")): [Self.group, Self.target]]))
        for name in Self.clients + ["server"] { progress[Self.proxy(name)] = ProxyProgress() }
    }

    /// A batch of changes becomes the next revision.
    @discardableResult
    mutating func publish(_ change: StatusChange) -> Int {
        revision += 1
        return table.apply(change, at: revision, now)
    }

    /// A proxy is connected and has acknowledged a revision, by default the latest.
    mutating func acknowledge(_ names: [String], _ revision: Revision? = nil, refusals: [Refusal] = []) {
        for name in names {
            progress[Self.proxy(name)] = ProxyProgress(
                isConnected: true, since: now, acknowledged: revision ?? self.revision, refusals: refusals)
        }
    }

    /// Everybody is connected and has acknowledged everything.
    mutating func acknowledgeAll() { acknowledge(progress.keys.map(\.pod.name)) }

    /// The conditions of an object as they would be shown.
    mutating func status(of key: ObjectKey) -> ObjectStatus? {
        var report = table.report(progress, at: now)
        history.date(&report)
        return report.objects.first {
            $0.kind == key.kind.rawValue && $0.namespace == key.name.namespace && $0.name == key.name.name
        }
    }

    static func proxy(_ name: String) -> ProxyID {
        ProxyID(pod: ObjectName(namespace: "shop", name: name), uid: "uid-\(name)")
    }

    static func identity(_ name: String) -> ServiceIdentity {
        ServiceIdentity(namespace: "shop", serviceAccount: name)
    }

    static func reach(_ name: String) -> ViewLayer.Key { .reach(identity(name)) }

    static func inbound(_ name: String) -> InboundKey {
        InboundKey(identity: identity(name), targets: [], families: [.v4])
    }

    static func views(_ names: [String]) -> [ObjectName: PodView.View?] {
        Dictionary(
            uniqueKeysWithValues: names.map { name in
                (
                    ObjectName(namespace: "shop", name: name),
                    PodView.View(
                        uid: "uid-\(name)", identity: identity(name), inbound: inbound(name),
                        egress: EgressKey(identity: identity(name), families: [.v4]), variant: .common,
                        hasEnded: false)
                )
            })
    }

    static func layers(_ names: [String]) -> [ViewLayer.Key: [DerivedResource]?] {
        var layers: [ViewLayer.Key: [DerivedResource]?] = [:]
        for name in names {
            layers[reach(name)] = []
            layers[.inbound(inbound(name))] = [.inbound(inbound(name))]
        }
        return layers
    }

    static func targetSet(generation: Int64, sources: [String] = clients, problems: [Problem] = []) -> TableChange {
        let object = TrafficTarget(
            metadata: metadata(target, generation), destination: .init(name: "server"),
            sources: sources.map { .init(name: $0) }, rules: [.init(kind: .httpRouteGroup, name: "group")])
        return .trafficTarget(target.name, ObjectRow(object: object, problems: problems))
    }

    static func groupSet(generation: Int64) -> TableChange {
        .httpRouteGroup(
            group.name,
            ObjectRow(
                object: HTTPRouteGroup(metadata: metadata(group, generation), matches: [.init(name: "any")]),
                problems: []))
    }

    static func podSet(_ name: String, phase: String) -> TableChange {
        let metadata = ObjectMetadata(name: name, namespace: "shop", uid: "uid-\(name)")
        return .pod(
            metadata.objectName,
            ObjectRow(object: Pod(metadata: metadata, serviceAccount: name, phase: phase), problems: []))
    }

    private static func metadata(_ key: ObjectKey, _ generation: Int64) -> ObjectMetadata {
        ObjectMetadata(name: key.name.name, namespace: key.name.namespace, generation: generation)
    }

    /// A refusal of the server's inbound listener.
    static func refusal(isAlone: Bool, generation: Int64 = 1, reason: String = "no such filter") -> Refusal {
        Refusal(
            key: ResourceKey(ResourceName(.listener, "inbound-listener")), version: "v",
            origins: [group, target].map { Origin(object: $0, generation: generation) }, reason: reason,
            isAlone: isAlone)
    }
}

extension ObjectStatus {
    /// A condition in one line: `Programmed=True Programmed: 3/3 proxies`.
    func line(_ kind: Condition.Kind) -> String? {
        self[kind].map { "\($0.type.rawValue)=\($0.status.rawValue) \($0.reason.rawValue): \($0.message)" }
    }
}

import MeshModel
import XDSCache

/// A view that a test sets by hand.
struct FixedView: ResourceView {
    var resources: [ResourceName: Resource] = [:]
    /// What takes the place of what goes.
    var replacements: [ResourceName: Resource] = [:]
    /// What will come though it is not there.
    var expected: Set<ResourceName> = []

    func isExpected(_ name: ResourceName) -> Bool { expected.contains(name) }
    func resource(_ name: ResourceName) -> Resource? { resources[name] }
    func names(of type: ResourceType) -> [String] { resources.keys.filter { $0.type == type }.map(\.name) }
    func replacement(of name: ResourceName) -> Resource? { replacements[name] }
}

/// A stream with its view and clock, and a proxy that acknowledges what it is sent.
///
/// It speaks either variant, so that what holds of both is one test.
struct StreamFixture {
    var stream: ProxyStream
    var view = FixedView()
    var now = ContinuousClock.now
    private(set) var revision: Revision = 0
    /// What the proxy follows, by its own word.
    private var names: [ResourceType: [String]] = [:]

    init(_ variant: ProxyStream.Variant) { stream = ProxyStream(variant) }

    /// Sets or removes resources in one publication.
    mutating func publish(_ set: [Resource], remove: [ResourceName] = []) {
        revision += 1
        for resource in set { view.resources[resource.key.name] = resource }
        for name in remove { view.resources[name] = nil }
        stream.update(Set(set.map(\.key.name) + remove), revision: revision)
    }

    /// Hands in a request as the variant has it.
    mutating func ask(
        _ type: ResourceType, nonce: String = "", refusal: String? = nil, subscribe: [String] = [],
        unsubscribe: [String] = [], has versions: [String: String] = [:]
    ) throws -> [ProxyStream.Event] {
        names[type, default: []] += subscribe
        names[type, default: []].removeAll { unsubscribe.contains($0) }
        let interest: ProxyStream.Request.Interest =
            switch stream.variant {
            case .delta: .changes(subscribe: subscribe, unsubscribe: unsubscribe, initialVersions: versions)
            case .stateOfTheWorld: .names(names[type] ?? [])
            }
        return try stream.receive(
            .init(type: type, nonce: nonce, refusal: refusal, interest: interest), now: now)
    }

    /// Subscribes and returns what is sent upon it.
    mutating func subscribe(
        _ type: ResourceType, _ names: [String] = [], has versions: [String: String] = [:]
    ) throws -> [ProxyStream.Response] {
        _ = try ask(type, subscribe: names, has: versions)
        return next()
    }

    mutating func next() -> [ProxyStream.Response] { stream.next(now: now, view: view) }

    /// Acknowledges a response and returns what is sent upon it.
    mutating func acknowledge(_ response: ProxyStream.Response) throws -> [ProxyStream.Response] {
        _ = try ask(response.type, nonce: response.nonce)
        return next()
    }

    /// Refuses a response and returns what is sent upon it.
    mutating func refuse(_ response: ProxyStream.Response, _ reason: String = "?") throws -> [ProxyStream.Response] {
        _ = try ask(response.type, nonce: response.nonce, refusal: reason)
        return next()
    }

    /// Acknowledges everything until nothing more is sent; returns all of it in order.
    mutating func settle(_ responses: [ProxyStream.Response]? = nil) throws -> [ProxyStream.Response] {
        var all: [ProxyStream.Response] = []
        var open = responses ?? next()
        while !open.isEmpty {
            all += open
            open = try open.flatMap { try acknowledge($0) }
        }
        return all
    }

    /// Subscribes to clusters and listeners as Envoy does at its start, and settles.
    mutating func start() throws {
        _ = try settle(subscribe(.cluster))
        _ = try settle(subscribe(.listener))
    }
}

func cluster(_ name: String, _ body: String = "1") -> Resource {
    Resource(key: .init(.init(.cluster, name)), body: Array(body.utf8), references: [.init(.endpoints, name)])
}

/// What a fixture's proxy says of a resource that it refuses.
func refusal(of resource: Resource, isAlone: Bool = true) -> Refusal {
    Refusal(
        key: resource.key, version: resource.version, origins: resource.origins, reason: "?", isAlone: isAlone)
}

func endpoints(_ name: String, _ body: String = "1") -> Resource {
    Resource(key: .init(.init(.endpoints, name)), body: Array(body.utf8))
}

func filter(_ name: String, _ body: String = "1") -> Resource {
    Resource(key: .init(.init(.extension, name)), body: Array(body.utf8))
}

func listener(
    _ name: String, _ body: String = "1", route: String? = nil, cluster: String? = nil, extension: String? = nil
) -> Resource {
    Resource(
        key: .init(.init(.listener, name)), body: Array((body + (`extension` ?? "")).utf8),
        references: Set(
            [route].compactMap(\.self).map { ResourceName(.route, $0) }
                + [`extension`].compactMap(\.self).map { ResourceName(.extension, $0) }
                + [cluster].compactMap(\.self).map { ResourceName(.cluster, $0) }))
}

func route(_ name: String, to clusters: [String], _ body: String = "1") -> Resource {
    Resource(
        key: .init(.init(.route, name)), body: Array((body + clusters.joined()).utf8),
        references: Set(clusters.map { ResourceName(.cluster, $0) }))
}

func secret(_ name: String, _ body: String = "1") -> Resource {
    Resource(key: .init(.init(.secret, name)), body: Array(body.utf8))
}

extension [ProxyStream.Response] {
    /// One line per response: its type, the names in it, and with a minus those that are removed.
    var summary: [String] {
        map { response in
            ([response.type.description] + response.resources.map(\.key.name.name) + response.removed.map { "-\($0)" })
                .joined(separator: " ")
        }
    }
}

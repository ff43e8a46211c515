import MeshModel
import XDSCache

/// A view that a test sets by hand.
struct FixedView: ResourceView {
    var resources: [ResourceName: Resource] = [:]

    func resource(_ name: ResourceName) -> Resource? { resources[name] }
    func names(of type: ResourceType) -> [String] { resources.keys.filter { $0.type == type }.map(\.name) }
}

/// A stream with its view and clock, and a proxy that acknowledges what it is sent.
struct StreamFixture {
    var stream = DeltaStream()
    var view = FixedView()
    var now = ContinuousClock.now
    private(set) var revision: Revision = 0

    /// Sets or removes resources in one publication.
    mutating func publish(_ set: [Resource], remove: [ResourceName] = []) {
        revision += 1
        for resource in set { view.resources[resource.key.name] = resource }
        for name in remove { view.resources[name] = nil }
        stream.update(Set(set.map(\.key.name) + remove), revision: revision)
    }

    mutating func receive(_ request: DeltaStream.Request) throws -> [DeltaStream.Event] {
        try stream.receive(request, now: now)
    }

    /// Subscribes and returns what is sent upon it.
    mutating func subscribe(
        _ type: ResourceType, _ names: [String] = [], has versions: [String: String] = [:]
    ) throws -> [DeltaStream.Response] {
        _ = try receive(.init(type: type, subscribe: names, initialVersions: versions))
        return next()
    }

    mutating func next() -> [DeltaStream.Response] { stream.next(now: now, view: view) }

    /// Acknowledges a response and returns what is sent upon it.
    mutating func acknowledge(_ response: DeltaStream.Response) throws -> [DeltaStream.Response] {
        _ = try receive(.init(type: response.type, nonce: response.nonce))
        return next()
    }

    /// Refuses a response and returns what is sent upon it.
    mutating func refuse(_ response: DeltaStream.Response) throws -> [DeltaStream.Response] {
        _ = try receive(.init(type: response.type, nonce: response.nonce, refusal: "bad"))
        return next()
    }

    /// Acknowledges everything until nothing more is sent; returns all of it in order.
    mutating func settle(_ responses: [DeltaStream.Response]? = nil) throws -> [DeltaStream.Response] {
        var all: [DeltaStream.Response] = []
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

func endpoints(_ name: String, _ body: String = "1") -> Resource {
    Resource(key: .init(.init(.endpoints, name)), body: Array(body.utf8))
}

func listener(_ name: String, _ body: String = "1", route: String? = nil) -> Resource {
    Resource(
        key: .init(.init(.listener, name)), body: Array(body.utf8),
        references: Set([route].compactMap(\.self).map { ResourceName(.route, $0) }))
}

func route(_ name: String, to clusters: [String], _ body: String = "1") -> Resource {
    Resource(
        key: .init(.init(.route, name)), body: Array((body + clusters.joined()).utf8),
        references: Set(clusters.map { ResourceName(.cluster, $0) }))
}

func secret(_ name: String, _ body: String = "1") -> Resource {
    Resource(key: .init(.init(.secret, name)), body: Array(body.utf8))
}

extension [DeltaStream.Response] {
    /// One line per response: its type, the names in it, and with a minus those that are removed.
    var summary: [String] {
        map { response in
            ([response.type.description] + response.resources.map(\.key.name.name) + response.removed.map { "-\($0)" })
                .joined(separator: " ")
        }
    }
}

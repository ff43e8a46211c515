import ControlLoop
import MeshModel
import PolicyCompiler
import Testing

@Suite("What controllers remember of calls together")
struct SharedCallTests {
    private static let client = LazyMesh.identity("client")
    private static func port(_ number: Int) -> ServicePort {
        ServicePort(service: LazyMesh.name("s\(number)"), port: 80)
    }
    private static let day = Duration.seconds(86_400)
    private static let accountGone = TableChange.serviceAccount(LazyMesh.name("client"), nil)
    private static func podGone(_ name: String) -> TableChange { .pod(LazyMesh.name(name), nil) }

    @Test("is told once, when it is new")
    func told() throws {
        var mesh = try LazyMesh(services: 20)
        let first = mesh.call(try LazyMesh.address(of: 3), from: "client-a")
        #expect(first.demands.mapValues(\.ports) == [Self.client: [Self.port(3)]])
        #expect(mesh.call(try LazyMesh.address(of: 3), from: "client-b").demands.isEmpty)
        #expect(mesh.call(try LazyMesh.address(of: 4), from: "client-b").demands[Self.client]?.ports.count == 2)
    }

    @Test("is in the views from the start, as if it had been called here")
    func remembered() throws {
        var mesh = try LazyMesh(services: 20)
        let news = CallNews(remembered: [Self.client: [Self.port(3)]])
        let difference = mesh.hear(news)
        #expect(mesh.views.listeners(of: "client-a") == ["10.2.0.4:80"])
        #expect(mesh.views.listeners(of: "other") == [])
        #expect(difference.demands.isEmpty, "what others told needs not be told them")
        #expect(mesh.call(try LazyMesh.address(of: 3), from: "client-a").layers.isEmpty, "nothing is new to a call")
    }

    @Test("stays where it is in use, and is told again, whoever took it out")
    func takenOut() throws {
        var mesh = try LazyMesh(services: 20)
        mesh.call(try LazyMesh.address(of: 3), from: "client-a")
        let difference = mesh.hear(CallNews(dropped: [Self.client: [Self.port(3)]]))
        #expect(difference.layers.isEmpty && difference.views.isEmpty && difference.forgotten.isEmpty)
        #expect(difference.demands.mapValues(\.ports) == [Self.client: [Self.port(3)]])
    }

    @Test("goes where nobody uses it: a service that is not there, an identity without pods")
    func unusedTakenOut() throws {
        var mesh = try LazyMesh(services: 20)
        mesh.call(try LazyMesh.address(of: 3), from: "client-a")
        mesh.edit(.service(LazyMesh.name("s3"), nil))
        #expect(mesh.hear(CallNews(dropped: [Self.client: [Self.port(3)]])).demands.isEmpty)
        mesh.edit(try LazyMesh.service(3))
        #expect(mesh.views.listeners(of: "client-a") == [])
        let absent = LazyMesh.identity("absent")
        mesh.hear(CallNews(remembered: [absent: [Self.port(4)]]))
        #expect(mesh.hear(CallNews(dropped: [absent: [Self.port(4)]])).demands.isEmpty)
        mesh.edit(try LazyMesh.pod("late", 9, of: "absent"))
        #expect(mesh.views.listeners(of: "late") == [])
    }

    @Test("of an address that nobody had is told once a service has it, and then kept by the service's name")
    func arrival() throws {
        var mesh = try LazyMesh(services: 20)
        let waiting = mesh.call(try LazyMesh.address(of: 77), from: "client-a")
        #expect(waiting.demands[Self.client]?.ports == [])
        let difference = mesh.edit(try LazyMesh.service(77))
        #expect(difference.demands[Self.client]?.ports == [Self.port(77)])
        #expect(difference.demands[Self.client]?.waiting == [])
        #expect(mesh.edit(try LazyMesh.service(78)).demands.isEmpty)
    }

    @Test("is forgotten with a ServiceAccount that has no pods, and that is told; not with one that has some")
    func account() throws {
        var mesh = try LazyMesh(services: 20)
        mesh.call(try LazyMesh.address(of: 3), from: "client-a")
        #expect(mesh.edit(Self.accountGone).forgotten.isEmpty)
        mesh.edit(Self.podGone("client-a"))
        #expect(mesh.edit(Self.accountGone).forgotten.isEmpty)
        #expect(mesh.edit(Self.podGone("client-b")).forgotten.isEmpty)
        #expect(mesh.edit(Self.accountGone).forgotten == [Self.client: [Self.port(3)]])
        #expect(mesh.edit(Self.accountGone).forgotten.isEmpty, "there is nothing to forget any more")
    }

    @Test("is said again by a replica that still sees a pod, and then goes as that of any identity without pods")
    func accountSeenLater() throws {
        var (first, second) = (try LazyMesh(services: 20), try LazyMesh(services: 20))
        first.call(try LazyMesh.address(of: 3), from: "client-a")
        second.hear(CallNews(remembered: [Self.client: [Self.port(3)]]))
        first.edit(Self.podGone("client-a"), Self.podGone("client-b"), at: Self.day)
        #expect(first.edit(Self.accountGone, at: Self.day).forgotten == [Self.client: [Self.port(3)]])
        // The second hears of it from the objects before it sees that the pods are gone.
        let again = second.hear(CallNews(dropped: [Self.client: [Self.port(3)]])).demands.mapValues(\.ports)
        #expect(again == [Self.client: [Self.port(3)]])
        first.hear(CallNews(remembered: again), at: Self.day)
        #expect(first.pass(Self.day * 8.9).forgotten.isEmpty)
        #expect(first.pass(Self.day * 9.1).forgotten == [Self.client: [Self.port(3)]])
        // One that saw the account go first says nothing again.
        second.hear(CallNews(remembered: [Self.client: [Self.port(3)]]))
        second.edit(Self.podGone("client-a"), Self.podGone("client-b"), Self.accountGone)
        let late = second.hear(CallNews(dropped: [Self.client: [Self.port(3)]]))
        #expect(late.demands.isEmpty && late.forgotten.isEmpty)
    }

    @Test("is said to be remembered or to be forgotten, never both, when calls and ends come together")
    func together() throws {
        var mesh = try LazyMesh(services: 20)
        mesh.call(try LazyMesh.address(of: 3), from: "client-a")
        let asking = AskingPod(name: LazyMesh.name("client-a"), uid: "client-a")
        let staying = mesh.graph.apply([Self.accountGone], demands: [asking: [try LazyMesh.address(of: 4)]])
        #expect(staying.demands[Self.client]?.ports == [Self.port(3), Self.port(4)] && staying.forgotten.isEmpty)
        let ending = mesh.graph.apply(
            [Self.accountGone, Self.podGone("client-a"), Self.podGone("client-b")],
            demands: [asking: [try LazyMesh.address(of: 5)]])
        #expect(ending.demands.isEmpty)
        #expect(ending.forgotten == [Self.client: [Self.port(3), Self.port(4), Self.port(5)]])
    }

    @Test("is forgotten at once where nobody uses it when there is no room for more; what is in use stays")
    func noRoom() throws {
        var mesh = try LazyMesh(services: 20)
        mesh.call(try LazyMesh.address(of: 3), try LazyMesh.address(of: 4), from: "client-a")
        let absent = LazyMesh.identity("absent")
        mesh.hear(CallNews(remembered: [absent: [Self.port(4)]]))
        mesh.edit(.service(LazyMesh.name("s3"), nil))
        #expect(mesh.pass(.seconds(1)).forgotten.isEmpty)
        let difference = mesh.hear(CallNews(lacksRoom: true), at: .seconds(2))
        #expect(difference.forgotten == [Self.client: [Self.port(3)], absent: [Self.port(4)]])
        #expect(mesh.views.listeners(of: "client-a") == ["10.2.0.5:80"])
        mesh.edit(.service(LazyMesh.name("s4"), nil), at: .seconds(3))
        #expect(mesh.pass(.seconds(4)).forgotten.isEmpty, "there is room again")
    }

    @Test("of a service that is gone is forgotten after eight days, not before, and not if it comes back meanwhile")
    func goneService() throws {
        var mesh = try LazyMesh(services: 20)
        mesh.call(try LazyMesh.address(of: 3), try LazyMesh.address(of: 4), from: "client-a")
        #expect(mesh.edit(.service(LazyMesh.name("s3"), nil), at: Self.day).forgotten.isEmpty)
        #expect(mesh.pass(Self.day * 8.9).forgotten.isEmpty)
        mesh.edit(try LazyMesh.service(3), at: Self.day * 8.91)
        #expect(mesh.pass(Self.day * 10).forgotten.isEmpty)
        #expect(mesh.views.listeners(of: "client-a") == ["10.2.0.4:80", "10.2.0.5:80"])
        mesh.edit(.service(LazyMesh.name("s3"), nil), at: Self.day * 11)
        #expect(mesh.pass(Self.day * 18.9).forgotten.isEmpty)
        #expect(mesh.pass(Self.day * 19.1).forgotten == [Self.client: [Self.port(3)]])
        mesh.edit(try LazyMesh.service(3), at: Self.day * 19.2)
        #expect(mesh.views.listeners(of: "client-a") == ["10.2.0.5:80"])
    }

    @Test("of an identity that has had no pod for eight days is forgotten; a weekly job's is not")
    func goneIdentity() throws {
        var mesh = try LazyMesh(services: 20)
        mesh.call(try LazyMesh.address(of: 3), from: "client-a")
        mesh.edit(
            .pod(LazyMesh.name("client-a"), nil), .pod(LazyMesh.name("client-b"), nil), at: Self.day)
        #expect(mesh.pass(Self.day * 8).forgotten.isEmpty)
        mesh.edit(try LazyMesh.pod("client-c", 4, of: "client"), at: Self.day * 8.1)
        #expect(mesh.views.listeners(of: "client-c") == ["10.2.0.4:80"])
        mesh.edit(.pod(LazyMesh.name("client-c"), nil), at: Self.day * 8.2)
        #expect(mesh.pass(Self.day * 16.1).forgotten.isEmpty)
        #expect(mesh.pass(Self.day * 16.3).forgotten == [Self.client: [Self.port(3)]])
    }

    @Test("costs nothing to look through more often than once an hour")
    func looks() throws {
        var mesh = try LazyMesh(services: 20)
        mesh.call(try LazyMesh.address(of: 77), from: "client-a")
        mesh.edit(.pod(LazyMesh.name("client-a"), nil), .pod(LazyMesh.name("client-b"), nil), at: .zero)
        #expect(mesh.pass(Self.day * 8 - .seconds(1)).forgotten.isEmpty)
        // It was looked through a second ago.
        #expect(mesh.pass(Self.day * 8 + .seconds(1)).forgotten.isEmpty)
        #expect(mesh.pass(Self.day * 8 + .seconds(3_600)).forgotten == [Self.client: []])
    }

    @Test("News that come before they are taken are one: the later ones hold")
    func merged() {
        var news = CallNews(remembered: [Self.client: [Self.port(1), Self.port(2)]])
        news.merge(CallNews(dropped: [Self.client: [Self.port(2), Self.port(3)]]))
        #expect(
            news
                == CallNews(
                    remembered: [Self.client: [Self.port(1)]], dropped: [Self.client: [Self.port(2), Self.port(3)]]))
        news.merge(CallNews(remembered: [Self.client: [Self.port(2)]]))
        news.merge(CallNews(dropped: [Self.client: [Self.port(1)]]))
        #expect(
            news
                == CallNews(
                    remembered: [Self.client: [Self.port(2)]], dropped: [Self.client: [Self.port(1), Self.port(3)]]))
        #expect(!news.isEmpty && CallNews().isEmpty && !CallNews(lacksRoom: true).isEmpty)
        news.merge(CallNews(lacksRoom: true))
        news.merge(CallNews())
        #expect(news.lacksRoom)
    }
}

extension LazyMesh {
    /// Takes up what other controllers tell.
    @discardableResult
    fileprivate mutating func hear(_ news: CallNews, at moment: Duration = .zero) -> PolicyGraph.Difference {
        let difference = graph.apply([], calls: news, at: moment)
        views.take(difference)
        return difference
    }

    /// Edits objects at a moment.
    @discardableResult
    fileprivate mutating func edit(_ changes: TableChange..., at moment: Duration) -> PolicyGraph.Difference {
        let difference = graph.apply(changes, at: moment)
        views.take(difference)
        return difference
    }

    /// Lets time pass.
    fileprivate mutating func pass(_ moment: Duration) -> PolicyGraph.Difference {
        let difference = graph.apply([], at: moment)
        views.take(difference)
        return difference
    }
}

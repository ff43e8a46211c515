import MeshModel
import TestInstruments
import Testing

@testable import KubernetesClient

@Suite("What a watch does next")
struct WatchStateTests {
    typealias State = WatchState<ServiceAccount>
    private var generator = SeededGenerator(seed: 7)

    static func object(_ name: String, _ version: Int, uid: String = "u") -> ServedObject<ServiceAccount> {
        let metadata = ObjectMetadata(name: name, namespace: "n", uid: uid, labels: ["version": "\(version)"])
        return .readable(
            ServiceAccount(metadata: metadata), Revision(uid: uid, resourceVersion: "\(version)"))
    }

    static func page(_ objects: [ServedObject<ServiceAccount>], at version: Int, more: String? = nil) -> ListPage<
        ServiceAccount
    > {
        ListPage(objects: objects, resourceVersion: "\(version)", continuation: more)
    }

    private func error(_ code: KubernetesError.Code, retryAfter: Duration? = nil) -> KubernetesError {
        KubernetesError(code, "m", retryAfter: retryAfter)
    }

    private func listed(_ objects: [ServedObject<ServiceAccount>], at version: Int) -> State {
        var state = State()
        state.discovered()
        _ = state.listed(Self.page(objects, at: version))
        return state
    }

    private func names(_ outcome: State.Outcome) -> [String] {
        outcome.changes.map { change in
            switch change {
            case .set(let object): "\(object.name.name)=\(object.metadata.labels["version"] ?? "")"
            case .unreadable(let metadata, _): "\(metadata.name)!"
            case .remove(let name): "-\(name.name)"
            }
        }
    }

    @Test("Reads the pages of a list, tells that it is complete, and follows from there")
    func listing() {
        var state = State()
        #expect(state.step == .discover)
        state.discovered()
        #expect(state.step == .list(continuation: nil))
        let first = state.listed(Self.page([Self.object("a", 3), Self.object("b", 4)], at: 9, more: "t"))
        #expect(names(first) == ["a=3", "b=4"])
        #expect(!first.isSynchronized)
        #expect(state.step == .list(continuation: "t"))
        let second = state.listed(Self.page([Self.object("c", 5)], at: 9))
        #expect(names(second) == ["c=5"])
        #expect(second.isSynchronized)
        #expect(state.step == .follow(resourceVersion: "9"))
        #expect(state.pause == .zero)
    }

    @Test("A page that is no longer to be had starts the list over; what was told is not told again")
    mutating func expiredPage() {
        var state = State()
        state.discovered()
        _ = state.listed(Self.page([Self.object("a", 3), Self.object("b", 4)], at: 9, more: "t"))
        let failed = state.failed(error(.gone), using: &generator)
        #expect(failed == State.Outcome())
        #expect(state.step == .list(continuation: nil))
        #expect(state.pause == .zero)
        let again = state.listed(Self.page([Self.object("b", 4), Self.object("c", 8)], at: 12))
        #expect(names(again) == ["c=8", "-a"])
        #expect(again.isSynchronized)
    }

    @Test("A gap lists again and tells the differences alone")
    mutating func gap() {
        var state = listed([Self.object("a", 1), Self.object("b", 2), Self.object("c", 3)], at: 5)
        let status = APIStatus(message: "too old", reason: "Expired", details: nil, code: 410)
        let outcome = state.heard([.failed(status), .set(Self.object("z", 99))], using: &generator)
        #expect(outcome.endsStream)
        #expect(outcome.changes == [])
        #expect(state.step == .list(continuation: nil))
        let relisted = state.listed(
            Self.page([Self.object("a", 1), Self.object("b", 7), Self.object("c", 8, uid: "other")], at: 9))
        #expect(names(relisted) == ["b=7", "c=8"])
        #expect(!relisted.isSynchronized)
        #expect(state.step == .follow(resourceVersion: "9"))
    }

    @Test("Repeated gaps are not asked about without a pause")
    mutating func repeatedGaps() {
        var state = listed([], at: 5)
        _ = state.failed(error(.gone), using: &generator)
        #expect(state.pause == .zero)
        go(&state, to: .follow(resourceVersion: "5"))
        _ = state.failed(error(.gone), using: &generator)
        #expect(state.pause > .zero)
    }

    private func go(_ state: inout State, to step: State.Step) { state.go(to: step) }

    @Test("Goes on after the last event or bookmark where the connection broke")
    mutating func resumption() {
        var state = listed([Self.object("a", 1)], at: 5)
        let outcome = state.heard([.set(Self.object("a", 6)), .removed(Self.object("a", 7))], using: &generator)
        #expect(names(outcome) == ["a=6", "-a"])
        #expect(state.step == .follow(resourceVersion: "7"))
        _ = state.heard([.bookmark(resourceVersion: "30", endsInitialEvents: false)], using: &generator)
        let broken = state.failed(error(.transport), using: &generator)
        #expect(broken == State.Outcome())
        #expect(state.step == .follow(resourceVersion: "30"))
        #expect((.milliseconds(200) ... .milliseconds(400)).contains(state.pause))
        // What comes twice is told once, and what is not known cannot go.
        let repeated = state.heard(
            [.set(Self.object("b", 31)), .set(Self.object("b", 31)), .removed(Self.object("x", 32))],
            using: &generator)
        #expect(names(repeated) == ["b=31"])
    }

    @Test("A stream that ends is opened again at once, but one that ends without use after a pause")
    mutating func ends() {
        var state = listed([], at: 5)
        state.ended(wasUseful: true, using: &generator)
        #expect(state.step == .follow(resourceVersion: "5"))
        #expect(state.pause == .zero)
        state.ended(wasUseful: false, using: &generator)
        #expect(state.pause > .zero)
    }

    @Test("Waits longer after each failure, as long as the server asks, and at most eight seconds")
    mutating func backoff() {
        var state = listed([Self.object("a", 1)], at: 5)
        var last = Duration.zero
        for attempt in 0..<20 {
            let outcome = state.failed(error(.transport), using: &generator)
            #expect(outcome.reports.count == (attempt == 1 ? 1 : 0))
            #expect(state.pause >= min(last / 2, .seconds(4)))
            #expect(state.pause <= .seconds(8))
            last = state.pause
        }
        #expect(last >= .seconds(4))
        #expect(state.known.count == 1)
        _ = state.failed(error(.tooManyRequests, retryAfter: .seconds(77)), using: &generator)
        #expect(state.pause == .seconds(77))
        let outcome = state.heard([.set(Self.object("a", 9))], using: &generator)
        #expect(outcome.reports == [.recovered])
        _ = state.failed(error(.transport), using: &generator)
        #expect(state.pause <= .milliseconds(400))
    }

    @Test("A kind that may not be read is reported once and not complete; it is when it may be")
    mutating func forbidden() {
        var state = State()
        state.discovered()
        let first = state.failed(error(.forbidden), using: &generator)
        #expect(first.reports == [.forbidden("m")])
        #expect(!first.isSynchronized)
        #expect(state.step == .list(continuation: nil))
        #expect(state.failed(error(.forbidden), using: &generator) == State.Outcome())
        let granted = state.listed(Self.page([], at: 5))
        #expect(granted.reports == [.recovered])
        #expect(granted.isSynchronized)
    }

    @Test("A server that denies a kind is believed when it has started and says so repeatedly")
    mutating func missing() {
        var state = listed([Self.object("a", 1), Self.object("b", 2)], at: 5)
        #expect(state.failed(error(.notFound), using: &generator) == State.Outcome())
        #expect(state.step == .checkReadiness)
        // As long as it starts, what is known stays.
        let starting = state.checkedReadiness(false, using: &generator)
        #expect(starting.changes == [])
        #expect(starting.reports.count == 1)
        for _ in 1..<State.denialsToBelieve {
            #expect(state.step == .discover)
            state.discovered()
            _ = state.failed(error(.notFound), using: &generator)
            #expect(state.checkedReadiness(true, using: &generator) == State.Outcome())
        }
        state.discovered()
        _ = state.failed(error(.notFound), using: &generator)
        let believed = state.checkedReadiness(true, using: &generator)
        #expect(names(believed) == ["-a", "-b"])
        #expect(believed.reports == [.missing])
        // It is looked for again, reported no more, and found soon.
        for _ in 0..<20 {
            #expect(state.step == .discover)
            #expect(state.pause <= .seconds(10))
            state.discovered()
            _ = state.failed(error(.notFound), using: &generator)
            #expect(state.checkedReadiness(true, using: &generator) == State.Outcome())
        }
        state.discovered()
        let found = state.listed(Self.page([Self.object("a", 9)], at: 9))
        #expect(names(found) == ["a=9"])
        #expect(found.reports == [.recovered])
    }

    @Test("A kind that is missing from the start counts as complete and empty")
    mutating func missingFromTheStart() {
        var state = State()
        for attempt in 1...State.denialsToBelieve {
            state.discovered()
            _ = state.failed(error(.notFound), using: &generator)
            let outcome = state.checkedReadiness(true, using: &generator)
            #expect(outcome.isSynchronized == (attempt == State.denialsToBelieve))
        }
        #expect(state.isSynchronized)
    }

    @Test("An object that cannot be read is told once per state, and told when it can be or is gone")
    mutating func unreadable() {
        let metadata = ObjectMetadata(name: "a", namespace: "n", uid: "u")
        let problem = Problem(path: "spec", message: "is missing")
        func bad(_ version: String) -> ServedObject<ServiceAccount> {
            .unreadable(metadata, problem, Revision(uid: "u", resourceVersion: version))
        }
        var state = listed([bad("1")], at: 5)
        #expect(state.known.count == 1)
        let repeated = state.heard([.set(bad("1"))], using: &generator)
        #expect(repeated == State.Outcome())
        let changed = state.heard([.set(bad("2"))], using: &generator)
        #expect(changed.changes == [.unreadable(metadata, problem)])
        #expect(changed.reports == [.unreadable(metadata.objectName, problem)])
        #expect(names(state.heard([.set(Self.object("a", 3))], using: &generator)) == ["a=3"])
        let nameless = state.heard([.set(.unknown(problem))], using: &generator)
        #expect(nameless.changes == [])
        #expect(nameless.reports == [.unreadable(nil, problem)])
    }

    @Test("A list that comes as events is complete at its mark, and begins anew where it was cut")
    mutating func streaming() {
        var state = State(streamsLists: true)
        state.discovered()
        #expect(state.step == .streamList)
        _ = state.opened()
        #expect(
            names(state.heard([.set(Self.object("a", 1)), .set(Self.object("b", 2))], using: &generator)).count == 2)
        _ = state.failed(error(.transport), using: &generator)
        #expect(state.step == .streamList)
        _ = state.opened()
        let again = state.heard(
            [.set(Self.object("b", 2)), .bookmark(resourceVersion: "8", endsInitialEvents: false)], using: &generator)
        #expect(again.changes == [])
        let end = state.heard(
            [.bookmark(resourceVersion: "9", endsInitialEvents: true), .set(Self.object("c", 10))], using: &generator)
        #expect(names(end) == ["-a", "c=10"])
        #expect(end.isSynchronized)
        #expect(state.step == .follow(resourceVersion: "10"))
    }

    @Test("A server that does not know lists as events is asked for pages", arguments: [400, 422])
    mutating func streamingRefused(status: Int) {
        var state = State(streamsLists: true)
        state.discovered()
        let refused = KubernetesError(status: status, body: nil, action: "watch")
        #expect(state.failed(refused, using: &generator) == State.Outcome())
        #expect(state.step == .list(continuation: nil))
        #expect(state.pause == .zero)
        #expect(!state.streamsLists)
    }

    @Test("A stream that cannot be read, or fails again and again, is given up for a new list")
    mutating func lost() {
        var state = listed([], at: 5)
        _ = state.failed(error(.decoding), using: &generator)
        #expect(state.step == .list(continuation: nil))
        #expect(state.pause > .zero)
        state = listed([], at: 5)
        for _ in 0..<5 {
            _ = state.failed(error(.unavailable), using: &generator)
            #expect(state.step == .follow(resourceVersion: "5"))
        }
        _ = state.failed(error(.unavailable), using: &generator)
        #expect(state.step == .list(continuation: nil))
    }
}

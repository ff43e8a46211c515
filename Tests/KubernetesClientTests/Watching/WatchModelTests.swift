import MeshModel
import TestInstruments
import Testing

@testable import KubernetesClient

/// An API server's store of one kind, with a history that can be compacted, and what may go wrong on the way.
private struct ServerModel {
    struct Entry {
        let version: Int
        let name: String
        let uid: Int
        let isRemoved: Bool
    }

    var version = 10
    var compacted = 0
    var objects: [String: (version: Int, uid: Int)] = [:]
    var history: [Entry] = []
    /// What lists showed at the moments that continuations stand for.
    var snapshots: [Int: [(name: String, version: Int, uid: Int)]] = [:]
    var isServed = true
    var isStarting = false
    var generator: SeededGenerator

    mutating func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &generator) < probability }

    mutating func edit() {
        let name = "o\(Int.random(in: 0..<12, using: &generator))"
        version += 1
        if let object = objects[name] {
            let isRemoved = chance(0.4)
            objects[name] = isRemoved ? nil : (version, object.uid)
            history.append(Entry(version: version, name: name, uid: object.uid, isRemoved: isRemoved))
        } else {
            objects[name] = (version, version)
            history.append(Entry(version: version, name: name, uid: version, isRemoved: false))
        }
    }

    mutating func compact() {
        compacted = version
        history.removeAll { $0.version <= compacted }
    }

    static func served(_ name: String, _ version: Int, _ uid: Int) -> ServedObject<ServiceAccount> {
        WatchStateTests.object(name, version, uid: "\(uid)")
    }

    var current: [ObjectName: String] {
        Dictionary(
            uniqueKeysWithValues: objects.map { (ObjectName(namespace: "n", name: $0.key), "\($0.value.version)") })
    }
}

@Suite("Whatever happens on the way, a watch ends up with what is there")
struct WatchModelTests {
    private static let expired = KubernetesError(.gone, "too old")

    /// A watch, the state of whoever applies its changes, and the server.
    private struct Run {
        var server: ServerModel
        var state: WatchState<ServiceAccount>
        var applied = Follower<ServiceAccount>.State()
        /// The place of the open stream in the server's history; `nil` while none is open.
        var place: Int?
        var initial: [(name: String, version: Int, uid: Int)]?
        var faults: Double

        mutating func apply(_ outcome: WatchState<ServiceAccount>.Outcome) {
            for change in outcome.changes { applied.apply(change) }
            if outcome.isSynchronized { applied.synchronizations += 1 }
            if outcome.endsStream { place = nil }
        }

        mutating func fail(_ error: KubernetesError) {
            place = nil
            apply(state.failed(error, wasUseful: server.chance(0.5), using: &server.generator))
        }

        mutating func advance() {
            if place != nil { return hear() }
            if server.chance(faults) {
                let code: KubernetesError.Code = server.chance(0.5) ? .transport : .unavailable
                return fail(KubernetesError(code, "m"))
            }
            if state.step == .checkReadiness {
                return apply(state.checkedReadiness(!server.isStarting, using: &server.generator))
            }
            guard server.isServed, !server.isStarting else {
                if state.step == .discover { return state.discovered() }
                return fail(KubernetesError(.notFound, "m"))
            }
            switch state.step {
            case .discover: state.discovered()
            case .checkReadiness: break
            case .list(let continuation): list(continuation)
            case .streamList:
                initial = sorted(server.objects)
                place = server.version
                apply(state.opened())
            case .follow(let version):
                let from = Int(version) ?? 0
                guard from >= server.compacted else { return fail(WatchModelTests.expired) }
                place = from
                apply(state.opened())
            }
        }

        private func sorted(_ objects: [String: (version: Int, uid: Int)]) -> [(name: String, version: Int, uid: Int)] {
            objects.map { ($0.key, $0.value.version, $0.value.uid) }.sorted { $0.0 < $1.0 }
        }

        private mutating func list(_ continuation: String?) {
            let parts = continuation?.split(separator: ":").compactMap { Int($0) }
            let moment = parts?[0] ?? server.version
            let offset = parts?[1] ?? 0
            if parts == nil { server.snapshots[moment] = sorted(server.objects) }
            guard moment >= server.compacted, let all = server.snapshots[moment] else {
                return fail(WatchModelTests.expired)
            }
            let page = all.dropFirst(offset).prefix(3)
            let hasMore = offset + page.count < all.count
            apply(
                state.listed(
                    WatchStateTests.page(
                        page.map { ServerModel.served($0.name, $0.version, $0.uid) }, at: moment,
                        more: hasMore ? "\(moment):\(offset + page.count)" : nil)))
        }

        private mutating func hear() {
            guard var place else { return }
            if server.chance(faults) {
                if server.chance(0.5) { return fail(KubernetesError(.transport, "cut")) }
                self.place = nil
                return state.ended(wasUseful: server.chance(0.5), using: &server.generator)
            }
            var events: [WatchEvent<ServiceAccount>] = []
            for _ in 0..<Int.random(in: 1...4, using: &server.generator) {
                if var left = initial {
                    if left.isEmpty {
                        events.append(.bookmark(resourceVersion: "\(place)", endsInitialEvents: true))
                        initial = nil
                    } else {
                        let next = left.removeFirst()
                        initial = left
                        events.append(.set(ServerModel.served(next.name, next.version, next.uid)))
                    }
                } else if place < server.compacted {
                    let status = APIStatus(message: "too old", reason: "Expired", details: nil, code: 410)
                    events.append(.failed(status))
                    break
                } else if let next = server.history.first(where: { $0.version > place }) {
                    let object = ServerModel.served(next.name, next.version, next.uid)
                    events.append(next.isRemoved ? .removed(object) : .set(object))
                    place = next.version
                } else {
                    events.append(.bookmark(resourceVersion: "\(server.version)", endsInitialEvents: false))
                    place = server.version
                }
            }
            self.place = place
            apply(state.heard(events, using: &server.generator))
        }
    }

    @Test(
        "The same objects as a fresh list, and nothing told twice, whether lists come as pages or events",
        arguments: 0..<(isSoak ? 4000 : 400), [false, true])
    func model(seed: Int, streamsLists: Bool) {
        let server = ServerModel(generator: SeededGenerator(seed: UInt64(seed)))
        var run = Run(server: server, state: WatchState(streamsLists: streamsLists), faults: Double(seed % 5) * 0.08)
        for _ in 0..<400 {
            if run.server.chance(0.4) { run.server.edit() }
            if run.server.chance(0.03) { run.server.compact() }
            // A server that is starting denies kinds that it has.
            if run.server.chance(0.01) { run.server.isStarting.toggle() }
            run.advance()
        }
        run.server.isStarting = false
        run.faults = 0
        let end = run.server.version
        for _ in 0..<100 where run.place != end || run.initial != nil { run.advance() }
        #expect(run.place == end)
        let told = run.applied.objects.mapValues { $0.metadata.labels["version"] ?? "" }
        #expect(told == run.server.current)
        #expect(run.applied.duplicates == [])
        #expect(run.applied.synchronizations == 1)
        #expect(run.state.known.count == run.server.objects.count)
    }

    @Test("A kind that goes away leaves nothing, and one that comes back is told anew", arguments: 0..<100)
    func definition(seed: Int) {
        var server = ServerModel(generator: SeededGenerator(seed: UInt64(seed)))
        for _ in 0..<20 { server.edit() }
        var run = Run(server: server, state: WatchState(), faults: 0.1)
        for _ in 0..<60 { run.advance() }
        run.server.isServed = false
        if run.place != nil { run.fail(KubernetesError(.transport, "cut")) }
        for _ in 0..<80 { run.advance() }
        #expect(run.applied.objects.isEmpty)
        run.server.isServed = true
        for _ in 0..<80 { run.advance() }
        run.faults = 0
        for _ in 0..<20 { run.advance() }
        #expect(run.applied.objects.mapValues { $0.metadata.labels["version"] ?? "" } == run.server.current)
        #expect(run.applied.duplicates == [])
        #expect(run.applied.synchronizations == 1)
    }
}

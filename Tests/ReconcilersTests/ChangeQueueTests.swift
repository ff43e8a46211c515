import MeshModel
import PolicyCompiler
import Reconcilers
import Testing

@Suite("The queue of changes", .timeLimit(.minutes(10)))
struct ChangeQueueTests {
    @Test("gives changes in the order in which their objects first changed, each object once with its latest")
    func coalescing() async {
        let queue = ChangeQueue(awaiting: [])
        queue.put([setting("b", weight: 1), setting("a")])
        queue.put([setting("c"), setting("b", weight: 2), removal("a")])
        queue.put([setting("b", weight: 3)])
        #expect(await queue.next()?.changes == [setting("b", weight: 3), removal("a"), setting("c")])
    }

    @Test("tells objects of one name apart by their kind")
    func kinds() async {
        let queue = ChangeQueue(awaiting: [])
        let name = ObjectName(namespace: "n", name: "x")
        let changes: [TableChange] = [
            .namespace(name, nil), .pod(name, nil), .service(name, nil), .serviceAccount(name, nil),
            .endpointSlice(name, nil), .meshConfig(name, nil), .trafficTarget(name, nil), .httpRouteGroup(name, nil),
            .tcpRoute(name, nil), .trafficSplit(name, nil), .egress(name, nil), .ingressBackend(name, nil),
            .retry(name, nil), .upstreamTrafficSetting(name, nil), .telemetry(name, nil), .extensionService(name, nil),
        ]
        #expect(Set(changes.map(\.key.kind)) == Set(ObjectKind.allCases))
        queue.put(changes)
        queue.put(changes.reversed())
        #expect(await queue.next()?.changes == changes)
    }

    @Test("forgets what it has given out")
    func batches() async {
        let queue = ChangeQueue(awaiting: [])
        queue.put([setting("a"), setting("b")])
        #expect(await queue.next()?.changes.count == 2)
        queue.put([setting("b", weight: 2), setting("a", weight: 2)])
        #expect(await queue.next()?.changes == [setting("b", weight: 2), setting("a", weight: 2)])
    }

    @Test("never holds more changes than there are objects")
    func bound() async {
        let queue = ChangeQueue(awaiting: [])
        for round in 0..<2_000 {
            queue.put((0..<5).map { setting("x\($0)", weight: round) })
        }
        #expect(await queue.next()?.changes == (0..<5).map { setting("x\($0)", weight: 1_999) })
    }

    @Test("gives nothing before every kind is synchronized")
    func synchronization() async {
        let queue = ChangeQueue(awaiting: [.trafficSplit, .service, .pod])
        #expect(queue.awaited == [.trafficSplit, .service, .pod])
        queue.put([setting("a")])
        async let batch = queue.next()
        for kind in [ObjectKind.service, .pod, .pod, .namespace] {
            for _ in 0..<50 { await Task.yield() }
            queue.synchronized(kind)
        }
        #expect(queue.awaited == [.trafficSplit])
        for _ in 0..<50 { await Task.yield() }
        queue.put([setting("b")])
        queue.synchronized(.trafficSplit)
        // Had anything been given earlier, this would be less.
        #expect(await batch?.changes == [setting("a"), setting("b")])
        #expect(queue.awaited == [])
    }

    @Test("waits for the first change once all kinds are synchronized; an empty list is none")
    func firstChange() async {
        let queue = ChangeQueue(awaiting: [.pod])
        async let batch = queue.next()
        queue.synchronized(.pod)
        queue.put([])
        for _ in 0..<50 { await Task.yield() }
        queue.put([setting("a")])
        #expect(await batch?.changes == [setting("a")])
    }

    @Test("ends at once when it is finished, whatever is in it or awaited")
    func finishing() async {
        let full = ChangeQueue(awaiting: [])
        full.put([setting("a")])
        full.finish()
        #expect(await full.next() == nil)
        full.put([setting("b")])
        #expect(await full.next() == nil)
        let waiting = ChangeQueue(awaiting: [.pod])
        async let batch = waiting.next()
        for _ in 0..<50 { await Task.yield() }
        waiting.finish()
        waiting.finish()
        #expect(await batch == nil)
        #expect(await waiting.next() == nil)
    }

    @Test("gives the latest trust bundle with the next changes, or alone, and only once")
    func trust() async {
        let queue = ChangeQueue(awaiting: [])
        let (one, other) = (
            TrustBundle(trustDomains: ["d"], rootsPEM: "1"), TrustBundle(trustDomains: ["d"], rootsPEM: "2")
        )
        queue.put(one)
        queue.put([setting("a")])
        queue.put(other)
        #expect(await queue.next() == ChangeBatch(changes: [setting("a")], trust: other))
        queue.put([setting("a", weight: 2)])
        #expect(await queue.next() == ChangeBatch(changes: [setting("a", weight: 2)]))
        async let alone = queue.next()
        for _ in 0..<50 { await Task.yield() }
        queue.put(one)
        #expect(await alone == ChangeBatch(trust: one))
    }

    @Test("gives no trust bundle before every kind is synchronized, then all in one batch")
    func trustAtStart() async {
        let queue = ChangeQueue(awaiting: [.pod])
        let bundle = TrustBundle(trustDomains: ["d"], rootsPEM: "1")
        queue.put(bundle)
        async let batch = queue.next()
        for _ in 0..<50 { await Task.yield() }
        queue.put([setting("a")])
        queue.synchronized(.pod)
        #expect(await batch == ChangeBatch(changes: [setting("a")], trust: bundle))
    }

    @Test("gathers what pods call until it is taken, beside changes")
    func demands() async throws {
        let queue = ChangeQueue(awaiting: [])
        let pod = AskingPod(name: ObjectName(namespace: "n", name: "a"), uid: "1")
        let other = AskingPod(name: ObjectName(namespace: "n", name: "a"), uid: "2")
        let ip = try #require(IPAddress("10.0.0.1"))
        let (web, api) = (SocketAddress(ip: ip, port: 80), SocketAddress(ip: ip, port: 8080))
        queue.put([web], from: pod)
        queue.put([api, web], from: pod)
        queue.put([web], from: other)
        #expect(await queue.next() == ChangeBatch(demands: [pod: [web, api], other: [web]]))
        queue.put([setting("a")])
        #expect(await queue.next() == ChangeBatch(changes: [setting("a")]))
    }

    @Test("gives out nothing before it was told what other controllers remember, if it waits for that")
    func calls() async {
        let identity = ServiceIdentity(namespace: "n", serviceAccount: "a")
        let ports = (1...2).map { ServicePort(service: ObjectName(namespace: "n", name: "s\($0)"), port: 80) }
        let queue = ChangeQueue(awaiting: [.trafficSplit], awaitsCalls: true)
        async let first = queue.next()
        queue.put([setting("a")])
        queue.synchronized(.trafficSplit)
        #expect(queue.awaited.isEmpty)
        queue.put(CallNews(remembered: [identity: Set(ports)]))
        queue.put(CallNews(dropped: [identity: [ports[1]]]))
        queue.synchronizedCalls()
        let calls = CallNews(remembered: [identity: [ports[0]]], dropped: [identity: [ports[1]]])
        #expect(await first == ChangeBatch(changes: [setting("a")], calls: calls))
        queue.synchronizedCalls()
        queue.put(CallNews(remembered: [identity: [ports[0]]]))
        #expect(await queue.next() == ChangeBatch(calls: CallNews(remembered: [identity: [ports[0]]])))
    }

    @Test("loses nothing and turns nothing around with many at work")
    func concurrency() async {
        let producers = 8
        let edits = 1_000
        let queue = ChangeQueue(awaiting: [.trafficSplit])
        let seen = await withTaskGroup(of: Void.self, returning: [ObjectKey: [Int]].self) { group in
            for producer in 0..<producers {
                group.addTask {
                    for edit in 1...edits {
                        queue.put([setting("p\(producer)-\(edit % 3)", weight: edit)])
                        if edit % 50 == 0 { await Task.yield() }
                        if edit == 10 { queue.synchronized(.trafficSplit) }
                    }
                }
            }
            var seen: [ObjectKey: [Int]] = [:]
            // The last edits of the three objects of every producer.
            while seen.values.filter({ ($0.last ?? 0) > edits - 3 }).count < producers * 3 {
                guard let batch = await queue.next()?.changes else { break }
                #expect(!batch.isEmpty && Set(batch.map(\.key)).count == batch.count)
                for change in batch { seen[change.key, default: []].append(change.weight ?? 0) }
            }
            return seen
        }
        #expect(seen.count == producers * 3)
        for weights in seen.values {
            #expect(zip(weights, weights.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    @Test("wakes its waiter for every change that comes while it waits")
    func wakeUps() async {
        let requests = ChangeQueue(awaiting: [])
        let replies = ChangeQueue(awaiting: [])
        async let answered: Int = {
            var count = 0
            while let batch = await requests.next()?.changes {
                count += 1
                replies.put(batch)
            }
            return count
        }()
        for round in 1...2_000 {
            requests.put([setting("a", weight: round)])
            #expect(await replies.next()?.changes == [setting("a", weight: round)])
        }
        requests.finish()
        #expect(await answered == 2_000)
    }
}

import MeshModel
import PolicyCompiler
import Reconcilers
import Testing

@Suite("A reconciler", .timeLimit(.minutes(10)))
struct ReconcilerTests {
    @Test("puts what its source tells into the queue, validated, in order")
    func changes() async {
        let queue = ChangeQueue(awaiting: [.trafficSplit])
        let (events, source) = AsyncStream.makeStream(of: SourceEvent<TrafficSplit>.self)
        var malformed = split("b", weight: -1)
        malformed.service = ""
        source.yield(.changes([.set(split("a")), .set(malformed)]))
        source.yield(.changes([.remove(ObjectName(namespace: "n", name: "c"))]))
        source.yield(.synchronized)
        source.finish()
        await Reconciler(events, into: queue).run()
        #expect(queue.awaited == [])
        let batch = await queue.next()?.changes ?? []
        #expect(batch.map(\.key.name.name) == ["a", "b", "c"])
        #expect(batch.map(\.isRemoval) == [false, false, true])
        guard batch.count == 3, case .trafficSplit(_, let good) = batch[0], case .trafficSplit(_, let bad) = batch[1]
        else {
            Issue.record("the changes are of another kind")
            return
        }
        #expect(good?.isValid == true)
        #expect(good?.object == split("a"))
        #expect(bad?.object == malformed)
        #expect(bad?.problems == malformed.validate())
        #expect(bad?.problems.map(\.path) == ["spec.service", "spec.backends[0].weight"])
        #expect(bad?.valid == nil)
    }

    @Test("tells the queue only of its own kind")
    func synchronization() async {
        let queue = ChangeQueue(awaiting: [.trafficSplit, .pod])
        let (events, source) = AsyncStream.makeStream(of: SourceEvent<Pod>.self)
        source.yield(.synchronized)
        source.finish()
        await Reconciler(events, into: queue).run()
        #expect(queue.awaited == [.trafficSplit])
    }

    @Test("of each kind fills one queue, which waits for all of them")
    func several() async {
        let queue = ChangeQueue(awaiting: [.trafficSplit, .namespace])
        let (splits, splitSource) = AsyncStream.makeStream(of: SourceEvent<TrafficSplit>.self)
        let (namespaces, namespaceSource) = AsyncStream.makeStream(of: SourceEvent<Namespace>.self)
        let batch = await withTaskGroup(of: Void.self, returning: [TableChange]?.self) { group in
            group.addTask { await Reconciler(splits, into: queue).run() }
            group.addTask { await Reconciler(namespaces, into: queue).run() }
            splitSource.yield(.changes([.set(split("a"))]))
            splitSource.yield(.synchronized)
            while queue.awaited.contains(.trafficSplit) { await Task.yield() }
            namespaceSource.yield(.changes([.set(Namespace(metadata: ObjectMetadata(name: "n")))]))
            namespaceSource.yield(.synchronized)
            let batch = await queue.next()?.changes
            splitSource.finish()
            namespaceSource.finish()
            return batch
        }
        #expect(batch?.map(\.key.description) == ["TrafficSplit n/a", "Namespace n"])
    }

    @Test("ends when its task is cancelled")
    func cancellation() async {
        let queue = ChangeQueue(awaiting: [.trafficSplit])
        let (events, source) = AsyncStream.makeStream(of: SourceEvent<TrafficSplit>.self)
        source.yield(.changes([.set(split("a"))]))
        source.yield(.synchronized)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await Reconciler(events, into: queue).run() }
            #expect(await queue.next()?.changes == [setting("a")])
            group.cancelAll()
        }
        #expect(queue.awaited == [])
    }
}

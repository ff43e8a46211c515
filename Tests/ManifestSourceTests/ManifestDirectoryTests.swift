import Foundation
import MeshModel
import Testing

@testable import ManifestSource

@Suite(.timeLimit(.minutes(10))) struct ManifestDirectoryTests {
    private func split(_ name: String, _ weight: Int) -> String { Fixture.split(name, weights: ("\(weight)", "1")) }

    @Test("What is there at the start is told at once for each kind, and then that it was all")
    func start() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("b.yaml", split("b", 2) + "---\n" + split("a", 1) + "---\n" + Fixture.account("x"))
        try directory.write("c.yml", split("c", 3))
        try directory.write("d.json", #"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"n"}}"#)
        try directory.write(".hidden.yaml", split("hidden", 1))
        try directory.write("b.yaml~", split("old", 1))
        try directory.write("#b.yaml", split("old", 1))
        try directory.write("notes.txt", split("note", 1))
        try FileManager.default.createDirectory(
            at: directory.url.appendingPathComponent("below.yaml"), withIntermediateDirectories: false)
        try await follow(directory.url.path) { source in
            #expect(await source.next() == ["a=1", "b=2", "c=3"])
            #expect(await source.next() == ["synchronized"])
            var accounts = source.events.serviceAccounts.makeAsyncIterator()
            guard case .changes(let changes)? = await accounts.next() else {
                Issue.record("no change of accounts")
                return
            }
            #expect(changes.map(\.name.name) == ["x"])
            #expect(await accounts.next() == .synchronized)
            var namespaces = source.events.namespaces.makeAsyncIterator()
            _ = await namespaces.next()
            #expect(await namespaces.next() == .synchronized)
        }
    }

    /// The first event of a stream, and whether that was the only one before its end.
    private func soleEvent<Object: MeshObject>(_ events: AsyncStream<SourceEvent<Object>>) async -> String {
        var all: [SourceEvent<Object>] = []
        for await event in events { all.append(event) }
        return all == [.synchronized] ? "synchronized" : "\(all)"
    }

    @Test("Every kind of an empty directory is synchronized, and every stream ends with the service")
    func empty() async throws {
        let directory = try TemporaryDirectory()
        var events: ManifestEvents?
        try await follow(directory.url.path) { source in
            events = source.events
            #expect(await source.next() == ["synchronized"])
        }
        let ended = try #require(events)
        #expect(await ended.trafficSplits.first { _ in true } == nil)
        let others = [
            await soleEvent(ended.namespaces), await soleEvent(ended.pods), await soleEvent(ended.services),
            await soleEvent(ended.serviceAccounts), await soleEvent(ended.endpointSlices),
            await soleEvent(ended.meshConfigs), await soleEvent(ended.trafficTargets),
            await soleEvent(ended.httpRouteGroups), await soleEvent(ended.tcpRoutes),
        ]
        #expect(others == Array(repeating: "synchronized", count: 9))
    }

    @Test("Writing, renaming over, removing and writing again are each one change")
    func edits() async throws {
        let directory = try TemporaryDirectory()
        try await follow(directory.url.path) { source in
            #expect(await source.next() == ["synchronized"])
            try directory.write("a.yaml", split("a", 1))
            #expect(await source.next() == ["a=1"])
            try directory.replace("a.yaml", split("a", 2))
            #expect(await source.next() == ["a=2"])
            // The same content is no change: the next event is that of the other file.
            try directory.replace("a.yaml", "# the same\n" + split("a", 2))
            try directory.write("b.yaml", split("b", 1) + "---\n" + split("c", 1))
            #expect(await source.next() == ["b=1", "c=1"])
            try directory.remove("a.yaml")
            #expect(await source.next() == ["-a"])
            try directory.write("a.yaml", split("a", 3))
            #expect(await source.next() == ["a=3"])
            try directory.write("a.yaml", "")
            #expect(await source.next() == ["-a"])
            try directory.write("a.yaml", split("a", 3))
            #expect(await source.next() == ["a=3"])
            try directory.rename(
                directory.url.appendingPathComponent("a.yaml"), directory.parent.appendingPathComponent("away.yaml"))
            #expect(await source.next() == ["-a"])
            try directory.rename(
                directory.parent.appendingPathComponent("away.yaml"), directory.url.appendingPathComponent("d.yaml"))
            #expect(await source.next() == ["a=3"])
        }
    }

    @Test("A hundred edits arrive in order, the last one last")
    func manyEdits() async throws {
        let directory = try TemporaryDirectory()
        try await follow(directory.url.path) { source in
            #expect(await source.next() == ["synchronized"])
            for weight in 1...100 { try directory.replace("a.yaml", split("a", weight)) }
            var seen: [Int] = []
            while seen.last != 100 {
                let event = await source.next()
                guard event.count == 1, let weight = event.first?.split(separator: "=").last.flatMap({ Int($0) }) else {
                    Issue.record("\(event)")
                    return
                }
                seen.append(weight)
            }
            #expect(seen == seen.sorted())
            #expect(Set(seen).count == seen.count)
        }
    }

    @Test("A file that is written in place again and again is never seen empty or in part")
    func writingInPlace() async throws {
        let directory = try TemporaryDirectory()
        let rest = (0..<40).map { "---\n" + split("x\($0)", 1) }.joined()
        try directory.write("a.yaml", split("a", 0) + rest)
        try await follow(directory.url.path) { source in
            #expect(await source.next().count == 41)
            #expect(await source.next() == ["synchronized"])
            for weight in 1...200 { try directory.write("a.yaml", split("a", weight) + rest) }
            var last = ""
            while last != "a=200" {
                let event = await source.next()
                #expect(event.count == 1)
                last = event.first { $0.hasPrefix("a=") } ?? last
                if event == ["end"] { return }
            }
        }
    }

    @Test("Nothing is read of a file before its writer closes it")
    func openFile() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("a.yaml", split("a", 1) + "---\n" + split("b", 1))
        try await follow(directory.url.path) { source in
            #expect(await source.next() == ["a=1", "b=1"])
            #expect(await source.next() == ["synchronized"])
            let file = try FileHandle(forWritingTo: directory.url.appendingPathComponent("a.yaml"))
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: Data(split("a", 2).utf8))
            try directory.replace("z.yaml", split("z", 1))
            #expect(await source.next() == ["z=1"])
            try file.write(contentsOf: Data(("---\n" + split("b", 1)).utf8))
            try file.close()
            #expect(await source.next() == ["a=2"])
        }
    }

    @Test("A source that ends closes what it opened")
    func descriptors() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("a.yaml", split("a", 1))
        for _ in 0..<300 {
            try await follow(directory.url.path) { source in
                #expect(await source.next() == ["a=1"])
            }
        }
        // Other tests have some open at the same time.
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter { name in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
            return target?.contains("inotify") == true
        }
        #expect(open.count < 30)
    }

    @Test("A link that leads through a swapped directory, as in a mounted ConfigMap, is read again")
    func swap() async throws {
        let directory = try TemporaryDirectory()
        for (version, weight) in [("..v1", 1), ("..v2", 2), ("..v3", 3)] {
            try FileManager.default.createDirectory(
                at: directory.url.appendingPathComponent(version), withIntermediateDirectories: false)
            try directory.write("\(version)/a.yaml", split("a", weight))
            if weight != 2 { try directory.write("\(version)/b.yaml", split("b", weight)) }
        }
        try directory.link("..data", to: "..v1")
        try directory.link("a.yaml", to: "..data/a.yaml")
        try directory.link("b.yaml", to: "..data/b.yaml")
        try await follow(directory.url.path) { source in
            #expect(await source.next() == ["a=1", "b=1"])
            #expect(await source.next() == ["synchronized"])
            for (version, expected) in [("..v2", ["a=2", "-b"]), ("..v3", ["a=3", "b=3"])] {
                try directory.link("..data_tmp", to: version)
                try directory.rename(
                    directory.url.appendingPathComponent("..data_tmp"), directory.url.appendingPathComponent("..data"))
                #expect(await source.next() == expected)
            }
            // A link that is made has its content from the start.
            try FileManager.default.removeItem(at: directory.url.appendingPathComponent("b.yaml"))
            #expect(await source.next() == ["-b"])
            try directory.link("z.yaml", to: "..v1/b.yaml")
            #expect(await source.next() == ["b=1"])
        }
    }

    @Test("A directory that goes away keeps its last state, and is followed again when it is back")
    func replacement() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("a.yaml", split("a", 1))
        let away = directory.parent.appendingPathComponent("away")
        try await follow(directory.url.path) { source in
            #expect(await source.next() == ["a=1"])
            #expect(await source.next() == ["synchronized"])
            try directory.rename(directory.url, away)
            #expect(
                await source.nextProblem()
                    == "\(directory.url.path): the directory cannot be read: No such file or directory: what it said last "
                    + "stays in effect until it is back")
            // Another directory in its place: one change, of what differs.
            let next = directory.parent.appendingPathComponent("next")
            try FileManager.default.createDirectory(at: next, withIntermediateDirectories: false)
            try Data((split("a", 1) + "---\n" + split("b", 1)).utf8).write(to: next.appendingPathComponent("a.yaml"))
            try directory.rename(next, directory.url)
            #expect(await source.next() == ["b=1"])
            try directory.replace("a.yaml", split("a", 2) + "---\n" + split("b", 1))
            #expect(await source.next() == ["a=2"])
            // Even the directory that it is in may go and come back.
            let parentAway = directory.parent.deletingLastPathComponent()
                .appendingPathComponent(directory.parent.lastPathComponent + "-away")
            try directory.rename(directory.parent, parentAway)
            #expect(await source.nextProblem()?.contains("cannot be read: No such file") == true)
            try directory.rename(parentAway, directory.parent)
            try directory.replace("a.yaml", split("a", 3) + "---\n" + split("b", 1))
            #expect(await source.next() == ["a=3"])
        }
    }

    @Test("A directory that is removed and made again is followed again")
    func recreation() async throws {
        let directory = try TemporaryDirectory()
        try await follow(directory.url.path) { source in
            #expect(await source.next() == ["synchronized"])
            try FileManager.default.removeItem(at: directory.url)
            #expect(
                await source.nextProblem()?.hasPrefix("\(directory.url.path): the directory cannot be read") == true)
            try FileManager.default.createDirectory(at: directory.url, withIntermediateDirectories: false)
            try directory.write("a.yaml", split("a", 1))
            #expect(await source.next() == ["a=1"])
        }
    }

    @Test("A file that is half written stays in effect, and is told once until it is mended")
    func halfWritten() async throws {
        let directory = try TemporaryDirectory()
        let whole = split("a", 1) + "---\n" + split("b", 1)
        try directory.write("a.yaml", whole)
        try await follow(directory.url.path) { source in
            #expect(await source.next() == ["a=1", "b=1"])
            #expect(await source.next() == ["synchronized"])
            try directory.write("a.yaml", String(whole.dropLast(40)))
            let problem = await source.nextProblem()
            #expect(problem?.hasPrefix("a.yaml:") == true)
            #expect(problem?.hasSuffix("stays in effect: TrafficSplit shop/b") == true)
            try directory.write("a.yaml", "#\n" + whole.dropLast(40))
            try directory.write("a.yaml", split("a", 1) + "---\n" + split("b", 2))
            #expect(await source.next() == ["b=2"])
            try directory.write("b.yaml", "{")
            #expect(await source.nextProblem()?.hasPrefix("b.yaml:1: is not YAML: ") == true)
        }
    }

    @Test("A directory that is not there at the start is an error that names it")
    func missing() async throws {
        let source = ManifestDirectory(path: "/nowhere/at-all") { _ in }
        await #expect {
            try await source.run()
        } throws: { error in
            (error as? ManifestSourceError)?.code == .directory
                && "\(error)".hasPrefix("directory: /nowhere/at-all cannot be read: No such file or directory: ")
        }
        #expect(await source.events.pods.first { _ in true } == nil)
    }

    @Test(
        "Readings that nobody has taken yet are merged",
        arguments: [
            (
                [DirectoryReading.partial(["a": .absent]), .partial(["a": .bytes([1]), "b": .absent])],
                DirectoryReading.partial(["a": .bytes([1]), "b": .absent])
            ),
            (
                [.complete(["a": .bytes([1])]), .partial(["b": .bytes([2])])],
                .complete(["a": .bytes([1]), "b": .bytes([2])])
            ),
            ([.partial(["a": .absent]), .complete([:])], .complete([:])),
            ([.complete([:]), .unreadable("gone")], .unreadable("gone")),
            (
                [.partial(["a": .bytes([1])]), .complete(["a": .unsettled, "b": .unsettled])],
                .complete(["a": .bytes([1]), "b": .unsettled])
            ),
            ([.unreadable("gone"), .complete(["a": .absent])], .complete(["a": .absent])),
        ])
    func merging(_ readings: [DirectoryReading], _ expected: DirectoryReading) {
        let queue = DirectoryReadings()
        for reading in readings { queue.put(reading) }
        #expect(queue.take() == expected)
        #expect(queue.take() == nil)
    }
}

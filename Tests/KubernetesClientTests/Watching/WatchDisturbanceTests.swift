import Foundation
import MeshModel
import TestCluster
import TestInstruments
import Testing

@testable import KubernetesClient

@Suite("A watch that is disturbed, on a real API server", .serialized)
struct WatchDisturbanceTests {
    private static let crds = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "crds")

    /// The objects of a kind in a namespace, by a fresh list.
    private func listed<Object: MeshObject>(
        _ type: Object.Type, _ namespace: String, _ client: KubernetesClient
    ) async throws -> [ObjectName: Object] {
        let objects = try await client.list(APIResource(Object.kind), namespace: namespace, as: type)
        return Dictionary(uniqueKeysWithValues: objects.map { ($0.name, $0) })
    }

    private func create(_ name: ObjectName, _ client: KubernetesClient) async throws {
        try await client.create(.service, name, body: Manifest.service(name))
    }

    private func label(_ name: ObjectName, _ value: String, _ client: KubernetesClient) async throws {
        try await client.mergePatch(.service, name, body: ["metadata": ["labels": ["value": value]]])
    }

    @Test(
        "What etcd has forgotten is listed again, and a server that comes back is followed: no change lost or doubled")
    func compactionAndRestart() async throws {
        let options = TestCluster.Options(hasControllerManager: false, serverFlags: ["--watch-cache=false"])
        try await TestCluster.withOwn(options) { cluster in
            let namespace = try await cluster.createNamespace("compaction")
            func name(_ name: String) -> ObjectName { ObjectName(namespace: namespace, name: name) }
            let definition = Self.crds.appending(path: "tcproute.yaml").path
            try await cluster.kubectlOutput(["apply", "-f", definition])
            try await cluster.kubectlOutput(["wait", "--for=condition=Established", "--timeout=60s", "-f", definition])
            let route = """
                {"apiVersion":"specs.smi-spec.io/v1alpha4","kind":"TCPRoute",
                 "metadata":{"name":"r","namespace":"\(namespace)"},"spec":{"matches":{"ports":[1]}}}
                """
            try await cluster.kubectlOutput(["create", "-f", "-"], input: route)
            try await CuttingProxy.with(to: cluster) { proxy in
                try await cluster.withClient { direct in
                    for account in ["a", "b", "c", "d"] { try await create(name(account), direct) }
                    var access = cluster.access
                    access.server = proxy.server
                    try await cluster.withClient(access) { client in
                        try await following(client.watch(TCPRoute.self, namespace: namespace)) { routes in
                            _ = try await routes.wait { $0.synchronizations == 1 }
                            try await following(client.watch(Service.self, namespace: namespace)) { follower in
                                _ = try await follower.wait { $0.synchronizations == 1 }
                                try await compact(name, follower, proxy, cluster, direct)
                                try await restart(name, follower, cluster, direct)
                                let expected = try await listed(Service.self, namespace, direct)
                                #expect(follower.state.objects == expected)
                                #expect(follower.state.duplicates == [])
                                // The kind was never taken for gone while the server started.
                                #expect(routes.state.changes.count == 1)
                            }
                        }
                    }
                }
            }
        }
    }

    private func compact(
        _ name: (String) -> ObjectName, _ follower: Follower<Service>, _ proxy: CuttingProxy, _ cluster: TestCluster,
        _ direct: KubernetesClient
    ) async throws {
        try await proxy.block()
        try await direct.delete(.service, name("a"))
        try await label(name("b"), "1", direct)
        try await label(name("b"), "2", direct)
        try await direct.delete(.service, name("c"))
        try await create(name("c"), direct)
        try await create(name("e"), direct)
        try await cluster.compact()
        proxy.unblock()
        let state = try await follower.wait { $0.changes.count >= 8 }
        #expect(state.changes.dropFirst(4).map(\.name.name) == ["b", "c", "e", "a"])
        #expect(state.objects[name("b")]?.metadata.labels["value"] == "2")
        #expect(state.duplicates == [])
        #expect(state.synchronizations == 1)
    }

    private func restart(
        _ name: (String) -> ObjectName, _ follower: Follower<Service>, _ cluster: TestCluster,
        _ direct: KubernetesClient
    ) async throws {
        try await cluster.stopServer()
        try await Task.sleep(for: .seconds(isSoak ? 120 : 2))
        #expect(follower.state.objects.count == 4)
        try await cluster.startServer()
        try await label(name("d"), "1", direct)
        let state = try await follower.wait { $0.objects[name("d")]?.metadata.labels["value"] == "1" }
        #expect(state.changes.count == 9)
    }

    @Test("Connections that are cut every second lose and double nothing")
    func cuts() async throws {
        let cluster = try await TestCluster.shared()
        let namespace = try await cluster.createNamespace("cuts")
        func name(_ number: Int) -> ObjectName { ObjectName(namespace: namespace, name: "s\(number % 7)") }
        let seconds = isSoak ? 60 : 10
        try await CuttingProxy.with(to: cluster) { proxy in
            var access = cluster.access
            access.server = proxy.server
            try await cluster.withClient { direct in
                try await cluster.withClient(access) { client in
                    try await following(client.watch(Service.self, namespace: namespace)) { follower in
                        _ = try await follower.wait { $0.synchronizations == 1 }
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            group.addTask {
                                for _ in 0..<seconds {
                                    try await Task.sleep(for: .seconds(1))
                                    try await proxy.cut()
                                }
                            }
                            for number in 0..<seconds * 20 {
                                try await edit(name(number), number, direct)
                            }
                            try await group.waitForAll()
                        }
                        let expected = try await listed(Service.self, namespace, direct)
                        let state = try await follower.wait { $0.objects == expected }
                        #expect(state.duplicates == [])
                        #expect(state.synchronizations == 1)
                        #expect(proxy.accepted > seconds / 2)
                        print("cuts: \(proxy.accepted) connections, \(state.changes.count) changes")
                    }
                }
            }
        }
    }

    /// Makes, changes or deletes an object, as the number says.
    private func edit(_ name: ObjectName, _ number: Int, _ client: KubernetesClient) async throws {
        try await Task.sleep(for: .milliseconds(40))
        if number % 5 == 4 {
            try await client.delete(.service, name)
        } else if try await !client.create(.service, name, body: Manifest.service(name)) {
            try await label(name, "\(number)", client)
        }
    }

    @Test("A flood of changes ends with the same objects as a fresh list, and memory stays flat")
    func flood() async throws {
        let cluster = try await TestCluster.shared()
        let namespace = try await cluster.createNamespace("flood")
        let names = (0..<200).map { ObjectName(namespace: namespace, name: "s\($0)") }
        let seconds = isSoak ? 60 : 5
        try await cluster.withClient { client in
            for name in names { try await create(name, client) }
            // Several watches hear each change, so that there are more events than a small machine can write.
            let followers = (0..<6).map { _ in Follower<Service>(keepsChanges: false) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for follower in followers {
                    group.addTask { await follower.follow(client.watch(Service.self, namespace: namespace)) }
                }
                for follower in followers { _ = try await follower.wait { $0.synchronizations == 1 } }
                // The first round warms everything up: connections, buffers, the allocator.
                _ = try await flood(names, seconds: isSoak ? 20 : 2, client)
                let before = try residentBytes()
                let writes = try await flood(names, seconds: seconds, client)
                let after = try residentBytes()
                let expected = try await listed(Service.self, namespace, client)
                #expect(expected.count == names.count)
                let end = ContinuousClock.now
                var told: [Int] = []
                for follower in followers {
                    // Longer than a stream is open, to tell what is late from what is lost; two minutes are a failure.
                    let start = ContinuousClock.now
                    let state = try await follower.wait(seconds: 900) { $0.objects == expected }
                    let waited = ContinuousClock.now - start
                    #expect(waited < .seconds(120), "known after \(waited), and \(state.told) changes")
                    #expect(state.duplicates == [])
                    told.append(state.told)
                }
                print(
                    "flood: \(writes) writes, \(writes * followers.count / seconds) events/s for \(seconds) s, told \(told)",
                    "and all known \((ContinuousClock.now - end).components.seconds) s after the last; RSS",
                    "\(before >> 10) KiB before, \(after >> 10) KiB after")
                #expect(writes > 0)
                if isSoak { #expect(Double(after) <= Double(before) * 1.05) }
                group.cancelAll()
            }
        }
    }

    /// Changes objects, up to 1,000 a second, and says how often.
    private func flood(_ names: [ObjectName], seconds: Int, _ client: KubernetesClient) async throws -> Int {
        let writers = 16
        let end = ContinuousClock.now + .seconds(seconds)
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    let own = names.indices.filter { $0 % writers == writer }
                    var count = 0
                    var next = ContinuousClock.now
                    while ContinuousClock.now < end {
                        let value = "\(seconds)-\(count)"
                        try await label(names[own[count % own.count]], value, client)
                        count += 1
                        next += .milliseconds(writers)
                        try await Task.sleep(until: next, clock: .continuous)
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
    }

    /// The memory that this process holds.
    private func residentBytes() throws -> Int {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(pages[1]) ?? 0) * 4096
    }
}

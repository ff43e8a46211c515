import ControlLoop
import Foundation
import MeshModel
import MeshStatus
import TestInstruments
import Testing
import XDSCache

@testable import osm_controller

/// What the assembled controller says about objects while proxies come, acknowledge and go.
@Suite("The status of objects", .serialized)
struct StatusTests {
    private static let group = (kind: "HTTPRouteGroup", name: TestMesh.name(1))
    private static let target = (kind: "TrafficTarget", name: TestMesh.name(1))

    /// The proxies of all pods that the TrafficTarget of service 1 affects in a mesh of 6: those of all its pods.
    private static let names = (0..<6).map(TestMesh.name)

    /// Runs a proxy of a pod until the task is cancelled.
    private static func run(_ name: String, _ running: RunningController, holding: Bool = false) async throws {
        let token = try await running.token(of: name)
        let proxy = TestProxy(nodeID: name, follows: !holding)
        if holding {
            // It asks, but never acknowledges that it has what it asked for: routes are not asked for at all.
            proxy.subscribe(TestProxy.cluster)
            proxy.subscribe(TestProxy.listener)
        }
        try await proxy.run(port: running.port, token: token, rootsPEM: running.rootsPEM)
    }

    @Test("is true only once the last proxy has acknowledged, and tells of the ones that have not")
    func acknowledgements() async throws {
        try await RunningController.with(TestMesh(services: 6).files) { running in
            try await withThrowingTaskGroup(of: Void.self) { group in
                try await running.until("there are statuses") {
                    running.line(Self.target)?.hasPrefix("False Pending 0/6 proxies: shop/s0000 not connected") == true
                }
                // All but one, in any order: never true.
                for name in Self.names.dropLast() { group.addTask { try await Self.run(name, running) } }
                try await running.until("five are programmed") {
                    let line = running.line(Self.target)
                    #expect(line?.hasPrefix("True") == false)
                    return line == "False Pending 5/6 proxies: shop/s0005 not connected"
                }
                let slow = group.addTaskUnlessCancelled { try await Self.run("s0005", running, holding: true) }
                #expect(slow)
                try await running.until("the last is connected") {
                    let line = running.line(Self.target)
                    #expect(line?.hasPrefix("True") == false)
                    return line == "False Pending 5/6 proxies: shop/s0005 has not acknowledged it"
                }
                group.cancelAll()
            }
        }
    }

    @Test("follows an edit to the proxies, a proxy that stops, and one that comes back")
    func edits() async throws {
        let mesh = TestMesh(services: 6)
        try await RunningController.with(mesh.files) { running in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for name in Self.names.dropLast() { group.addTask { try await Self.run(name, running) } }
                try await withThrowingTaskGroup(of: Void.self) { last in
                    last.addTask { try await Self.run("s0005", running) }
                    try await running.until("all are programmed") {
                        running.line(Self.group) == "True Programmed 6/6 proxies"
                    }
                    let revision = running.cache.revision
                    try running.save("routes-1.yaml", mesh.routes(1, "/books|/authors"))
                    try await running.until("the edit is programmed") {
                        let report = running.controller.status.report()
                        let object = report[Self.group]
                        // A new generation never stands beside an old truth.
                        guard object?.generation == 2, object?[.programmed]?.status == .yes else { return false }
                        #expect(report.proxies.allSatisfy { $0.acknowledged > revision })
                        #expect(object?.conditions.allSatisfy { $0.observedGeneration == 2 } == true)
                        return true
                    }
                    last.cancelAll()
                    try? await last.waitForAll()
                }
                try await running.until("the stopped proxy is noticed") {
                    running.line(Self.group)?.hasPrefix("False Pending 5/6 proxies: shop/s0005 not connected for ")
                        == true
                }
                group.addTask { try await Self.run("s0005", running) }
                try await running.until("it is back") { running.line(Self.group) == "True Programmed 6/6 proxies" }
                group.cancelAll()
            }
        }
    }

    @Test("shows no true condition after a restart before the proxies are back")
    func restart() async throws {
        let files = TestMesh(services: 6).files
        for _ in 0..<2 {
            try await RunningController.with(files) { running in
                // The cache is published first.
                try await running.until("there are statuses") { running.line(Self.target) != nil }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (number, name) in Self.names.enumerated() {
                        #expect(running.line(Self.target)?.hasPrefix("False Pending \(number)/6") == true)
                        // The Egress and the Retry concern one of them only.
                        let ready = running.controller.status.report().objects.filter { $0[.ready]?.status == .yes }
                        #expect(number > 0 || ready.isEmpty)
                        #expect(Set(ready.map(\.kind)).isSubset(of: ["Egress", "Retry"]))
                        group.addTask { try await Self.run(name, running) }
                        try await running.settled([running.proxy(name)])
                    }
                    try await running.until("all are back") {
                        running.controller.status.report().objects.allSatisfy { $0[.ready]?.status == .yes }
                    }
                    group.cancelAll()
                }
            }
        }
    }

    @Test(
        "tells on the objects that shaped it what a proxy refuses; reverting it clears all, also for one that comes back"
    )
    func refusal() async throws {
        let mesh = TestMesh(services: 6)
        try await RunningController.with(mesh.files) { running in
            let cache = running.controller.cache
            let proxies = Self.names.map { TestProxy(nodeID: $0) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (name, proxy) in zip(Self.names, proxies) {
                    group.addTask {
                        let token = try await running.token(of: name)
                        try await proxy.run(port: running.port, token: token, rootsPEM: running.rootsPEM)
                    }
                }
                try await running.until("all are programmed") {
                    running.line(Self.target) == "True Programmed 6/6 proxies"
                }
                let clusters = try #require(cache.view(of: running.proxy("s0000"))).filter {
                    $0.key.name.type == .cluster && $0.key.variant.isEmpty
                }
                let bad = try #require(clusters.first { $0.key.name.name == "shop/s0001|8080" })
                let good = try #require(clusters.first { $0.key != bad.key })
                // A doctored resource beside a good one that changes, too, and the same resource with its old bytes.
                let doctored = Resource(
                    key: bad.key, body: bad.body + [0x8a, 0x7f, 0x01, 0x31], references: Set(bad.references),
                    origins: Set(bad.origins))
                let changed = Resource(
                    key: good.key, body: good.body + [0x8a, 0x7f, 0x01, 0x32], references: Set(good.references),
                    origins: Set(good.origins))
                proxies[0].refuse(doctored.key.name.name, body: doctored.body)
                cache.publish(Publication(resources: [changed, doctored]))
                try await running.until("the refusal is told") {
                    running.line((kind: "Service", name: "s0001"))?.hasPrefix("False ProxyRejected shop/s0000") == true
                }
                let line = try #require(running.line((kind: "Service", name: "s0001")))
                #expect(line.contains("Cluster shop/s0001|8080") && line.contains("doctored"))
                #expect(running.line((kind: "Service", name: "s0003")) == "True Programmed 6/6 proxies")
                // The halves of what was refused follow one another.
                try await running.until("the good resource has come") {
                    proxies[0].received.bodies[TestProxy.cluster]?[good.key.name.name] == Data(changed.body)
                }
                #expect(proxies[0].received.bodies[TestProxy.cluster]?[bad.key.name.name] == Data(bad.body))
                cache.publish(Publication(resources: [bad, good]))
                try await running.until("what was refused is taken back") {
                    running.line((kind: "Service", name: "s0001")) == "True Programmed 6/6 proxies"
                }
                let again = TestProxy(nodeID: "s0000")
                again.refuse(doctored.key.name.name, body: doctored.body)
                group.addTask {
                    let token = try await running.token(of: "s0000")
                    try await again.run(
                        port: running.port, token: token, rootsPEM: running.rootsPEM, earlier: proxies[0].received)
                }
                try await running.until("it is back") { running.log.lines("proxy connected").count == 7 }
                try await running.until("nothing is refused") {
                    running.line((kind: "Service", name: "s0001")) == "True Programmed 6/6 proxies"
                }
                #expect(cache.progress(of: running.proxy("s0000"))?.refusals == [])
                group.cancelAll()
            }
        }
    }

    @Test("costs an edit as much in a mesh of 2,000 services as in one of 100")
    func proportionality() async throws {
        var looked: [Int: [Int]] = [:]
        for services in [100, 2_000] {
            let mesh = TestMesh(services: services)
            let (lines, found) = AsyncStream.makeStream(of: Int.self)
            try await RunningController.with(mesh.files) { running in
                let edits = [
                    ("split.yaml", mesh.split(0, 100)), ("routes-1.yaml", mesh.routes(1, "/books|/authors")),
                    ("slice-1.yaml", mesh.slice(1, isReady: false)),
                ]
                for (file, text) in edits {
                    let revision = running.cache.revision
                    try running.save(file, text)
                    func line() -> LogRecorder.Line? {
                        running.log.lines("batch published").first { $0.number("batch.revision") == Int(revision) + 1 }
                    }
                    try await running.until("\(file) is published") { line() != nil }
                    found.yield(try #require(line()?.number("batch.statuses")))
                }
                found.finish()
            }
            looked[services] = await lines.reduce(into: []) { $0.append($1) }
        }
        #expect(looked[100] == looked[2_000])
        #expect(looked[100]?.count == 3)
        // Beside the split the Services of the backends that come or go with a weight.
        #expect(looked[100]?.allSatisfy { $0 <= 3 } == true)
        #expect(looked[100]?.contains(1) == true)
        print("figure: statuses looked at per edit of a split, a route group, an endpoint slice: \(looked[100] ?? [])")
    }
}

extension RunningController {
    /// The condition `Programmed` of an object of the namespace `shop` in one line.
    fileprivate func line(_ object: (kind: String, name: String)) -> String? {
        controller.status.report()[object]?[.programmed].map {
            "\($0.status.rawValue) \($0.reason.rawValue) \($0.message)"
        }
    }
}

extension StatusReport {
    fileprivate subscript(_ object: (kind: String, name: String)) -> ObjectStatus? {
        objects.first { $0.kind == object.kind && $0.namespace == "shop" && $0.name == object.name }
    }
}

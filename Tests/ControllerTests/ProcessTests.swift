import Foundation
import Testing

@Suite("Controllers in processes of their own", .serialized)
struct ProcessTests {
    /// What proxies of the given pods are sent, each until it has everything.
    private func views(
        _ process: ControllerProcess, _ place: ControllerProcess.Place, _ earlier: [TestProxy.Received?]
    ) async throws -> [TestProxy.Received] {
        var result: [TestProxy.Received] = []
        for (number, earlier) in earlier.enumerated() {
            let name = TestMesh.name(number)
            let token = try await place.token(of: name)
            let roots = try place.rootsPEM
            let proxy = TestProxy()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await proxy.run(
                        port: process.port, token: token, rootsPEM: roots, earlier: earlier)
                }
                // Every subscription is answered, those of a returning proxy with nothing.
                let limit = ContinuousClock.now + .seconds(300)
                var (answers, quiet) = (0, ContinuousClock.now)
                func isServed() -> Bool {
                    let received = proxy.received
                    if received.responses.count != answers { (answers, quiet) = (received.responses.count, .now) }
                    guard Set(received.responses).count == 6, earlier != nil || received.isWhole else { return false }
                    // Listeners that wait for their clusters come in responses of their own.
                    return quiet + .seconds(1) < .now
                }
                while !isServed() {
                    guard .now < limit else { throw RunningController.NeverHappened(description: "\(name) is served") }
                    try await Task.sleep(for: .milliseconds(5))
                }
                group.cancelAll()
            }
            result.append(proxy.received)
        }
        return result
    }

    @Test("compute the same bytes, and send a proxy that returns nothing that it has, also after a kill")
    func sameBytes() async throws {
        try await ControllerProcess.with(TestMesh(services: 40).files) { try await compare($0) }
    }

    private func compare(_ place: ControllerProcess.Place) async throws {
        let nothing = [TestProxy.Received?](repeating: nil, count: 8)
        let first = try await place.start()
        let before = try await views(first, place, nothing)
        first.kill()

        let second = try await place.start()
        let after = try await views(second, place, nothing)
        var compared = 0
        for (one, other) in zip(before, after) {
            for type in [
                TestProxy.cluster, TestProxy.endpoints, TestProxy.listener, TestProxy.route, TestProxy.extension,
            ] {
                #expect(one.bodies[type] == other.bodies[type])
                compared += one.bodies[type]?.count ?? 0
            }
            #expect(one.bodies[TestProxy.secret]?["roots"] == other.bodies[TestProxy.secret]?["roots"])
        }
        #expect(compared > 100)
        print("figure: \(compared) resources of \(before.count) views have the same bytes in two processes")

        // Those who were served by the first process return to the second, certificates and all.
        let returned = try await views(second, place, before)
        #expect(returned.map(\.resources) == Array(repeating: 0, count: before.count))
        #expect(returned.allSatisfy { $0.removed.values.allSatisfy(\.isEmpty) })
    }
}

extension TestProxy.Received {
    /// Whether there are listeners, everything that they and clusters name, and both secrets.
    var isWhole: Bool {
        versions[TestProxy.secret]?.count == 2 && versions[TestProxy.listener]?.isEmpty == false
            && wanted.allSatisfy { type, names in names.allSatisfy { versions[type]?[$0] != nil } }
    }
}

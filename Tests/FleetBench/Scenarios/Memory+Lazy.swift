import BenchReport
import Foundation
import ProxyFleet

extension MemoryCommand {
    /// What a proxy with a lazy view costs in meshes of growing size, and what its first call of a service does.
    static func measureLazily(_ size: BenchSize, proxies: Int) async throws {
        var curve: [Lazily] = []
        for services in size.isQuick ? [20, 50] : [100, 1_000, 5_000] {
            curve.append(try await measureLazily(size, proxies: proxies, services: services))
        }
        guard let small = curve.first, let large = curve.last, curve.count > 1 else { return }
        let ratios = [
            ("per proxy", large.memory / small.memory, 1.1), ("pushed per proxy", large.pushed / small.pushed, 1.05),
        ]
        for (measure, ratio, most) in ratios {
            Report.tell(
                "memory", "\(measure), lazy, \(curve.count) sizes, largest to smallest", size: large.services, ratio,
                "ratio", most: most)
        }
    }

    private struct Lazily {
        let services: Int
        /// Of the controller per proxy, in KB.
        let memory: Double
        /// Of resources per proxy, in KB.
        let pushed: Double
    }

    private static func measureLazily(_ size: BenchSize, proxies: Int, services: Int) async throws -> Lazily {
        var size = size
        (size.services, size.lazyAbove) = (services, "0")
        let mesh = MeshShape(
            services: services, pods: (proxies + services - 1) / services, isPermissive: true)
        return try await Stage.with(size, mesh.files, Array(mesh.podNames.prefix(proxies))) { stage in
            try await Task.sleep(for: .seconds(3))
            let empty = try stage.controller.residentMemory()
            func tell(_ measure: String, _ value: Double, _ unit: String, most: Double? = nil) {
                Report.tell(
                    "memory", "\(measure), lazy, \(proxies) proxies", size: services, value, unit, most: most)
            }
            tell("without proxies", empty / 1_024, "MB")
            try await stage.settle(0..<proxies)
            let started = stage.fleet.tally.totals
            // Of each identity the first pod calls, then the others: these have it by then.
            let first = min(proxies, services)
            for part in [0..<first, first..<proxies] where !part.isEmpty {
                try await stage.fleet.call(part) { mesh.farAddress(from: $0) }
                try await stage.awaitSettled(proxies)
                try await stage.awaitQuiet(.seconds(1))
            }
            try await stage.awaitQuiet(.seconds(5))
            let now = try stage.controller.residentMemory()
            let counts = try await stage.fleet.counts()
            let memory = (now - empty) / Double(proxies)
            let pushed = Double(stage.fleet.tally.totals.bytes) / 1_024 / Double(proxies)
            tell("per proxy", memory, "KB", most: 64)
            tell("pushed per proxy", pushed, "KB")
            tell("pushed per proxy before its first call", Double(started.bytes) / 1_024 / Double(proxies), "KB")
            tell("resources per proxy", counts.map { Double($0.allResources) }.average, "count")
            let questions = counts.map(\.questions)
            tell(
                "questions for a first call of an identity", questions[..<first].map(Double.init).average, "count",
                most: 1)
            if first < proxies {
                tell(
                    "questions of its other pods", questions[first...].map(Double.init).average, "count", most: 0)
            }
            let answers = counts.flatMap(\.answers).map { $0 / .milliseconds(1) }
            tell("first calls that were answered", Double(answers.count) / Double(first), "ratio", most: 1)
            let steps = counts.flatMap(\.answerResponses).map(Double.init)
            tell("responses until a first call is answered", steps.average, "count")
            tell("until it is answered p50, all at once", answers.percentile(0.50), "ms")
            try await callOnce(stage, mesh, proxies, tell)
            return Lazily(services: services, memory: memory, pushed: pushed)
        }
    }

    /// A first call while nothing else goes on, and the second one.
    private static func callOnce(
        _ stage: Stage, _ mesh: MeshShape, _ proxies: Int, _ tell: (String, Double, String, Double?) -> Void
    ) async throws {
        var times: [Double] = []
        for round in 1...20 {
            let before = try await stage.fleet.counts()[0].answers.count
            for _ in 1...2 {
                try await stage.fleet.call(0..<1) { _ in mesh.address(of: (20 + round) % mesh.services) }
                try await stage.awaitSettled(proxies)
                try await stage.awaitQuiet(.milliseconds(100))
            }
            let answers = try await stage.fleet.counts()[0].answers
            // A service that a TrafficTarget names, or that was called, needs none.
            guard answers.count <= before + 1 else { throw BenchFailure("a second call was a question") }
            times += answers[before...].map { $0 / .milliseconds(1) }
        }
        tell("a first call, p50 of \(times.count), nothing else going on", times.percentile(0.50), "ms", nil)
    }
}

extension MeshShape {
    /// The address of a service.
    func address(of service: Int) -> String { "\(Objects.address(128, service)):80" }

    /// That of one that no TrafficTarget lets the pod of a proxy call, by the proxy's number.
    func farAddress(from proxy: Int) -> String { address(of: (proxy % services + fan + 7) % services) }
}

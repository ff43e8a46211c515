import ArgumentParser
import BenchReport
import Foundation
import Incremental
import KubernetesClient
import Logging
import MeshModel
import NIOCore
import PolicyCompiler
import Reconcilers

/// A long list of pods, from the API server's bytes to the table.
struct PodsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pods", abstract: "Reads a list of pods as the controller does, from a server in this process.",
        discussion: """
            The server only sends bytes that were made before. What is measured ends with the last row in the table; what \
            the watch and the table keep counts as memory.
            """)

    @Option(help: "How many pods.") var pods = 10_000
    @Option(help: "Within how many milliseconds 10,000 are to be read.") var goal = 1_000
    @Option(help: "How many KB each of 10,000 may keep.") var memoryGoal = 2
    @Flag(help: "Have the list sent as events, as servers from Kubernetes 1.34 on are asked to.") var streamed = false
    @Flag(help: "Have the server send JSON, though it is asked for protobuf; there is no goal then.") var json = false

    func run() async throws {
        let form = json ? RecordedPod.Form.json : .protobuf
        let list = try PodList(count: pods, form: form)
        let answers = streamed ? list.events : list.pages
        print("\(pods) pods, \(answers.map(\.readableBytes).reduce(0, +) >> 20) MiB of \(form)")
        let server = try await ListServer.start(streamed: streamed, mediaType: list.mediaType, answers: answers)
        defer { server.stop() }
        let before = ProcessUsage.keptMemory
        let outcome = try await read(server.port)
        let scenario = "list pods, \(streamed ? "as events" : "in pages")\(json ? " of JSON" : "")"
        let time = Figure(
            scenario: scenario, measure: "until the last is in the table", size: pods, value: outcome.time.milliseconds,
            unit: "ms", goal: pods == 10_000 && !json ? "< \(goal)" : nil
        ).emit()
        Figure(
            scenario: scenario, measure: "processor time, the server's included", size: pods,
            value: outcome.processor.milliseconds, unit: "ms"
        ).emit()
        let kept = Double(outcome.memory - before) / Double(max(outcome.rows, 1)) / 1_024
        let memory = Figure(
            scenario: scenario, measure: "kept of each pod", size: pods, value: kept, unit: "KB",
            goal: pods == 10_000 ? "< \(memoryGoal)" : nil
        ).emit()
        guard outcome.rows == pods else { throw ValidationError("only \(outcome.rows) of \(pods) pods arrived") }
        if !(time && memory) { throw ExitCode(1) }
    }

    private func read(_ port: Int) async throws -> (
        rows: Int, time: Duration, processor: Duration, memory: Int
    ) {
        let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        let client = try KubernetesClient(ClusterAccess(server: "http://127.0.0.1:\(port)"), logger: logger)
        let queue = ChangeQueue(awaiting: [.pod])
        let reconciler = Reconciler(client.watch(Pod.self), into: queue)
        let clock = ContinuousClock()
        let processor = ProcessUsage.processorTime
        let start = clock.now
        let outcome = await withTaskGroup(of: Void.self) { group in
            group.addTask { await reconciler.run() }
            let graph = Graph { MeshTables(in: $0, settings: MeshSettings()) }
            var rows = 0
            for change in await queue.next()?.changes ?? [] {
                graph.inputs.apply(change)
                rows += 1
            }
            let time = start.duration(to: clock.now)
            let used = ProcessUsage.processorTime - processor
            let memory = withExtendedLifetime(graph) { ProcessUsage.keptMemory }
            group.cancelAll()
            return (rows: rows, time: time, processor: used, memory: memory)
        }
        try await client.shutdown()
        return outcome
    }
}

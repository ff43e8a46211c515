import ArgumentParser
import BenchMesh
import BenchReport
import ControlLoop
import Foundation
import Logging
import MeshModel
import PolicyCompiler
import Reconcilers
import XDSCache

/// A mesh from its objects to the cache.
///
/// One size in one process: what is kept of an earlier mesh, in the heap or in the caches of the machine, would count.
struct CompileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compile", abstract: "Compiles a whole mesh at once, and looks at the views of its proxies.")

    @Option(help: "How many services.") var services = 1_000
    @Option(help: "How many pods each has.") var pods = 10
    @Option(help: "smi or permissive.") var mode = Mode.smi
    @Option(help: "How often the mesh is compiled beside the first time.") var runs = 3
    @Option(help: "Within how many milliseconds 1,000 services are to be compiled in SMI mode.") var goal = 1_000

    /// How many views are made where making all would take minutes.
    private static let sampledViews = 200

    func run() async throws {
        let mesh = FanMesh(services: services, pods: pods, isPermissive: mode == .permissive)
        let hasGoal = mode == .smi && services == 1_000 && pods == 10
        // So that the allocator and the runtime have what they always have.
        _ = await CompiledMesh().apply(FanMesh(services: 10, pods: 1).changes)
        let before = (kept: ProcessUsage.keptMemory, resident: ProcessUsage.trimmedMemory)
        var isGood = true
        let cache = SnapshotCache()
        let first = await compile(mesh, into: cache)
        isGood =
            figure("full compile", first.time.milliseconds, "ms", goal: hasGoal ? "< \(goal)" : nil).emit() && isGood
        figure("full compile, processor time", first.processor.milliseconds, "ms").emit()
        figure("memory kept", Double(first.kept - before.kept) / 1_048_576, "MB").emit()
        figure("memory resident", Double(first.resident - before.resident) / 1_048_576, "MB").emit()
        measureViews(cache, mesh)
        var times: [Double] = []
        for _ in 0..<runs { times.append(await compile(mesh, into: SnapshotCache()).time.milliseconds) }
        if runs > 0 { figure("full compile, later runs, median", times.percentile(0.5), "ms").emit() }
        await measureSteps(mesh)
        if !isGood { throw ExitCode(1) }
    }

    private func figure(_ measure: String, _ value: Double, _ unit: String, goal: String? = nil) -> Figure {
        Figure(
            scenario: "compile \(mode)", measure: measure, size: services, value: value, unit: unit, goal: goal)
    }

    /// Runs the control loop from the queue to the cache, statuses and directory of workloads included.
    ///
    /// - Returns: How long it took, of the clock and of processors, and the memory that the process keeps and has resident
    ///   while the loop still holds all.
    private func compile(
        _ mesh: FanMesh, into cache: SnapshotCache
    ) async -> (time: Duration, processor: Duration, kept: Int, resident: Int) {
        let queue = ChangeQueue(awaiting: [])
        let (done, finish) = AsyncStream.makeStream(of: Void.self)
        let loop = ControlLoop(
            queue: queue, cache: cache, directory: WorkloadDirectory(), status: StatusBoard(cache: cache),
            settings: MeshSettings(), trust: TrustBundle(trustDomains: ["cluster.local"], rootsPEM: ""),
            // The loop tells of a bundle once the batch that brought it is processed.
            onTrust: { _, _ in finish.finish() }, logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
        let clock = ContinuousClock()
        queue.put(mesh.changes)
        queue.put(TrustBundle(trustDomains: ["cluster.local"], rootsPEM: "PEM"))
        let processor = ProcessUsage.processorTime
        let start = clock.now
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await loop.run() }
            for await _ in done {}
            let time = start.duration(to: clock.now)
            let used = ProcessUsage.processorTime - processor
            let (kept, resident) = (ProcessUsage.keptMemory, ProcessUsage.trimmedMemory)
            queue.finish()
            return (time, used, kept, resident)
        }
    }

    /// The steps of a compilation, each by itself, and what came of it.
    private func measureSteps(_ mesh: FanMesh) async {
        let compiled = CompiledMesh()
        let changes = mesh.changes
        let (cost, times) = await compiled.apply(changes)
        figure("step: tables and queries", times.graph.milliseconds, "ms").emit()
        figure("step: translation", times.translation.milliseconds, "ms").emit()
        figure("step: publication", times.publication.milliseconds, "ms").emit()
        figure("objects", Double(changes.count), "count").emit()
        figure("evaluations", Double(cost.evaluations), "count").emit()
        figure("nodes of the graph", Double(compiled.nodes), "count").emit()
        figure("resources", Double(compiled.resources), "count").emit()
        figure("bytes of resources", Double(compiled.bytes) / 1_048_576, "MB").emit()
    }

    private func measureViews(_ cache: SnapshotCache, _ mesh: FanMesh) {
        let clock = ContinuousClock()
        let proxies = cache.proxies
        guard let proxy = proxies.first(where: { $0.pod == mesh.podName(0, 0) }) else { return }
        let start = clock.now
        let view = cache.view(of: proxy) ?? []
        let first = start.duration(to: clock.now)
        figure("first proxy's view", first.milliseconds, "ms").emit()
        figure("resources in a view", Double(view.count), "count").emit()
        figure("bytes of a view", Double(view.map(\.body.count).reduce(0, +)) / 1_024, "KB").emit()
        let chosen = mode == .smi ? proxies : Array(proxies.prefix(Self.sampledViews))
        let beginning = clock.now
        var count = 0
        for proxy in chosen { count += cache.view(of: proxy)?.count ?? 0 }
        let time = beginning.duration(to: clock.now)
        if chosen.count == proxies.count {
            figure("all proxies' views", time.milliseconds, "ms").emit()
        } else {
            print("the views of \(chosen.count) of \(proxies.count) proxies, \(count) resources, took \(time)")
        }
        figure("a proxy's view, mean", time.milliseconds / Double(max(chosen.count, 1)), "ms").emit()
    }
}

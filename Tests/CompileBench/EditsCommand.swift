import ArgumentParser
import BenchMesh
import BenchReport
import Foundation

/// What edits of a compiled mesh cost, and whether that grows with the mesh.
struct EditsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edits", abstract: "Edits an object of each kind, in meshes of growing size.")

    @Option(help: "How many services, from the least to the most, with commas.") var services = "100,300,1000,2000"
    @Option(help: "How many pods each has.") var pods = 10
    @Option(help: "smi or permissive.") var mode = Mode.smi
    @Option(help: "How often each edit is made and taken back.") var turns = 10

    /// What costs in the largest mesh may exceed those in the least by.
    private static let ratio = 1.1

    func run() async throws {
        let sizes = services.split(separator: ",").compactMap { Int($0) }
        guard let least = sizes.first, let most = sizes.last else { throw ValidationError("--services has no number") }
        var costs: [Int: [MeshEdit: CompiledMesh.Cost]] = [:]
        for size in sizes { costs[size] = await measure(size) }
        guard least < most else { return }
        var isGood = true
        for edit in MeshEdit.allCases {
            guard let small = costs[least]?[edit], let large = costs[most]?[edit] else { continue }
            // What is nothing in both is equal.
            let ratios = CompiledMesh.Cost.counts.map { _, path in
                small[keyPath: path] == large[keyPath: path]
                    ? 1 : Double(large[keyPath: path]) / Double(small[keyPath: path])
            }
            let figure = Figure(
                scenario: "edit \(mode)",
                measure: "\(edit.rawValue): largest ratio of a count, \(most) to \(least) services",
                value: ratios.max() ?? 0, unit: "ratio", goal: "<= \(Self.ratio)")
            isGood = figure.emit() && isGood
        }
        if !isGood { throw ExitCode(1) }
    }

    private func measure(_ size: Int) async -> [MeshEdit: CompiledMesh.Cost] {
        let mesh = FanMesh(services: size, pods: pods, isPermissive: mode == .permissive)
        let compiled = CompiledMesh()
        _ = await compiled.apply(mesh.changes)
        var costs: [MeshEdit: CompiledMesh.Cost] = [:]
        for edit in MeshEdit.allCases {
            var times: [Double] = []
            for turn in 0..<2 * turns {
                let outcome = await compiled.apply(edit.changes(in: mesh, turn: turn))
                guard turn.isMultiple(of: 2) else { continue }
                times.append(outcome.times.total.milliseconds)
                if turn == 0 { costs[edit] = outcome.cost }
            }
            // The unit is what is counted, so that a plot of it shows one line for each kind of edit.
            func emit(_ value: Double, _ unit: String) {
                Figure(scenario: "edit \(mode)", measure: edit.rawValue, size: size, value: value, unit: unit).emit()
            }
            for (name, path) in CompiledMesh.Cost.counts { emit(Double(costs[edit]?[keyPath: path] ?? 0), name) }
            emit(times.percentile(0.5), "ms")
        }
        return costs
    }
}

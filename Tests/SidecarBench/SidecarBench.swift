import ArgumentParser
import BenchReport
import Foundation

/// What a service that a sidecar sees costs in a real Envoy.
@main
struct SidecarBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Starts a real Envoy with the product's bootstrap in permissive meshes of growing size.",
        discussion: """
            Prints its memory, and how long it takes to be ready. The Envoy binds the fixed ports of a sidecar, as every \
            one does, with SO_REUSEPORT.
            """)

    @Option(help: "The program osm-controller.") var controller: String
    @Option(help: "The program envoy.") var envoy: String
    @Option(help: "How many services, from the least to the most, with commas.") var services = "10,100,1000"
    @Option(help: "How often Envoy is started with each.") var starts = 3
    @Flag(help: "With lazy views: the sidecar sees what was called, which is nothing.") var lazy = false

    func run() async throws {
        let scenario = lazy ? "sidecar lazy" : "sidecar permissive"
        let sizes = services.split(separator: ",").compactMap { Int($0) }
        var memories: [(size: Int, kilobytes: Double)] = []
        for size in sizes {
            let directory = FileManager.default.temporaryDirectory.appending(path: "osm-sidecar-\(getpid())-\(size)")
            defer { try? FileManager.default.removeItem(at: directory) }
            let mesh = VisibleServices(count: size, directory: directory.path, controller: controller, isLazy: lazy)
            try mesh.write()
            let serving = try await mesh.serve()
            defer { serving.stop() }
            print("\(size) services: the controller serves at \(serving.address)")
            var (times, resident, allocated): ([Double], [Double], [Double]) = ([], [], [])
            for _ in 0..<starts {
                let files = try mesh.sidecarFiles(serving.address)
                let started = try await StartedEnvoy.measure(envoy, files: files)
                times.append(started.readyAfter.milliseconds)
                resident.append(Double(started.resident) / 1_024)
                allocated.append(Double(started.allocated) / 1_024)
            }
            func emit(_ measure: String, _ value: Double, _ unit: String) {
                Figure(scenario: scenario, measure: measure, size: size, value: value, unit: unit).emit()
            }
            emit("resident memory of Envoy, median", resident.percentile(0.5) / 1_024, "MB")
            emit("allocated memory of Envoy, median", allocated.percentile(0.5) / 1_024, "MB")
            emit("until ready, median", times.percentile(0.5), "ms")
            memories.append((size, resident.percentile(0.5)))
        }
        guard let least = memories.first, let most = memories.last, least.size < most.size else { return }
        Figure(
            scenario: scenario, measure: "resident memory for each further service", size: most.size,
            value: (most.kilobytes - least.kilobytes) / Double(most.size - least.size), unit: "KB"
        ).emit()
    }
}

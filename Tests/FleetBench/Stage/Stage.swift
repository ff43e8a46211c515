import Foundation
import ProxyFleet

/// What every scenario is told.
struct BenchSize: Sendable {
    let controller: String
    let proxies: Int
    var services: Int
    let isQuick: Bool
    let variant: Variant
    /// What the controller is told of lazy views: scenarios that are not about them have none.
    var lazyAbove = "never"
}

/// A controller on a mesh of its own, and a fleet with the tokens of its pods, as the product writes them.
final class Stage {
    let controller: BenchController
    let fleet: Fleet
    private var saved = 0

    private init(_ controller: BenchController, _ fleet: Fleet) { (self.controller, self.fleet) = (controller, fleet) }

    /// Where the manifests are: in memory if the machine has such a place.
    ///
    /// A file system on a disk takes milliseconds to replace a file while others write, which nobody wants to measure here.
    private static var place: URL {
        let memory = "/dev/shm"
        guard FileManager.default.isWritableFile(atPath: memory) else { return FileManager.default.temporaryDirectory }
        return URL(filePath: memory, directoryHint: .isDirectory)
    }

    /// Sets all up, runs a body, and takes all down; the proxies are those of the pods, and have not connected.
    static func with<Result>(
        _ size: BenchSize, _ files: [String: String], _ pods: [MeshShape.PodName],
        _ body: (Stage) async throws -> Result
    ) async throws -> Result {
        let directory = place.appending(path: "osm-fleet-\(getpid())-\(UInt32.random(in: 0...UInt32.max))").path
        Leftovers.add(directory: directory)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let controller = BenchController(program: size.controller, directory: directory, lazyAbove: size.lazyAbove)
        for path in [controller.manifests, "\(directory)/staging", "\(directory)/files"] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: "\(controller.manifests)/\(name)")) }
        try FileManager.default.createDirectory(
            atPath: controller.state, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let begin = ContinuousClock.now
        try await controller.start()
        defer { controller.stop() }
        progress("controller ready after \(begin.seconds(to: .now)) s with \(files.count) files")
        let (members, roots) = try tokens(of: pods, controller)
        let fleet = try await Fleet(members, port: controller.port, rootsPEM: roots, variant: size.variant)
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(Stage(controller, fleet))) } catch { result = .failure(error) }
        try await fleet.stop()
        return try result.get()
    }

    /// Has the product write the files of the pods' sidecars, and reads their tokens and the roots of the control plane.
    private static func tokens(
        of pods: [MeshShape.PodName], _ controller: BenchController
    ) throws -> ([Fleet.Member], String) {
        let begin = ContinuousClock.now
        let out = "\(controller.directory)/files"
        let process = Process()
        process.executableURL = URL(filePath: controller.program)
        process.arguments =
            ["pod-files", "--manifests", controller.manifests, "--state", controller.state, "--controller"]
            + [controller.address, "--out", out] + pods.flatMap { ["--pod", "\($0.namespace)/\($0.name)"] }
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BenchFailure("osm-controller pod-files failed") }
        func place(_ pod: MeshShape.PodName) -> String { pods.count == 1 ? out : "\(out)/\(pod.namespace)/\(pod.name)" }
        let members = try pods.map { pod in
            Fleet.Member(
                node: "uid-\(pod.name)/\(pod.name)",
                token: try String(contentsOfFile: "\(place(pod))/token", encoding: .utf8))
        }
        progress("tokens of \(pods.count) pods after \(begin.seconds(to: .now)) s")
        guard let first = pods.first else { throw BenchFailure("there is no proxy") }
        return (members, try String(contentsOfFile: "\(place(first))/ca.crt", encoding: .utf8))
    }

    /// Puts a file into the directory of manifests, whole, by renaming.
    ///
    /// - Returns: The moment before the renaming, by both clocks.
    @discardableResult
    func save(_ name: String, _ text: String) throws -> (monotonic: ContinuousClock.Instant, wall: Date) {
        saved += 1
        let temporary = "\(controller.directory)/staging/\(saved % 64)"
        try Data(text.utf8).write(to: URL(filePath: temporary))
        let moment = (ContinuousClock.now, Date())
        guard rename(temporary, "\(controller.manifests)/\(name)") == 0 else {
            throw BenchFailure("\(name) cannot be replaced")
        }
        return moment
    }

    /// Takes a file away.
    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: "\(controller.manifests)/\(name)")
    }
}

/// Prints what happens meanwhile.
func progress(_ text: String) {
    print("    \(text)")
    fflush(nil)
}

extension ContinuousClock.Instant {
    /// Milliseconds to a later moment.
    func milliseconds(to other: Self) -> Double { duration(to: other) / .milliseconds(1) }

    /// Seconds to a later moment, for people.
    func seconds(to other: Self) -> String { String(format: "%.2f", duration(to: other) / .seconds(1)) }
}

extension [Double] {
    /// 0 of none.
    var average: Double { isEmpty ? 0 : reduce(0, +) / Double(count) }
}

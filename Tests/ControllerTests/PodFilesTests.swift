import ArgumentParser
import FoundationEssentials
import Testing

@testable import osm_controller

/// What the sidecars of pods outside Kubernetes are given.
@Suite("The files of pods")
struct PodFilesTests {
    private let place = FileManager.default.temporaryDirectory.appending(path: "osm-\(UUID().uuidString)")

    /// The files that pods of a mesh of four are given, by their paths below the output directory.
    private func files(_ arguments: [String]) async throws -> [String: String] {
        defer { try? FileManager.default.removeItem(at: place) }
        let (manifests, out) = (place.appending(path: "manifests"), place.appending(path: "out"))
        try FileManager.default.createDirectory(at: manifests, withIntermediateDirectories: true)
        for (name, text) in TestMesh(services: 4).files {
            try Data(text.utf8).write(to: manifests.appending(path: name))
        }
        // One without a sidecar, and one that has ended.
        let others = TestMesh(services: 8)
        let foreign = others.pod(5).replacing("audience: osm-xds", with: "audience: other")
        let ended = others.pod(6).replacing("phase: Running", with: "phase: Succeeded")
        try Data((foreign + ended).utf8).write(to: manifests.appending(path: "others.yaml"))
        let command = try PodFilesCommand.parse(
            [
                "--manifests", manifests.path, "--state", place.appending(path: "state").path, "--controller",
                "127.0.0.1:1", "--out", out.path,
            ] + arguments)
        try await command.run()
        var files: [String: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: out.path) {
            guard let data = FileManager.default.contents(atPath: out.appending(path: path).path) else { continue }
            files[path] = String(decoding: data, as: UTF8.self)
        }
        return files
    }

    private static let names = [
        "arguments", "bootstrap.json", "ca.crt", "cp-roots.yaml", "environment", "redirect.sh", "token",
        "xds-token.yaml",
    ]

    @Test("are in the directory itself for one pod")
    func one() async throws {
        let files = try await files(["--pod", "shop/s0001"])
        #expect(files.keys.sorted() == Self.names)
        #expect(files["bootstrap.json"]?.contains("pod-s0001/s0001") == true)
    }

    @Test("are in a directory for each of several pods, and name it")
    func several() async throws {
        let files = try await files(["--pod", "shop/s0001", "--pod", "shop/s0003"])
        let pods = ["s0001", "s0003"]
        #expect(files.keys.sorted() == pods.flatMap { pod in Self.names.map { "shop/\(pod)/\($0)" } })
        for pod in pods {
            #expect(files["shop/\(pod)/bootstrap.json"]?.contains("pod-\(pod)/\(pod)") == true)
            #expect(files["shop/\(pod)/xds-token.yaml"]?.contains("/out/shop/\(pod)/token") == true)
        }
        #expect(files["shop/s0001/token"] != files["shop/s0003/token"])
        #expect(files["shop/s0001/ca.crt"] == files["shop/s0003/ca.crt"])
    }

    @Test("are made for every pod that has a sidecar and has not ended")
    func all() async throws {
        let files = try await files(["--all"])
        let pods = (0..<4).map(TestMesh.name)
        #expect(files.keys.sorted() == pods.flatMap { pod in Self.names.map { "shop/\(pod)/\($0)" } })
    }

    @Test("are of some pods: neither of none nor of both all and some")
    func arguments() {
        let others = ["--manifests", "m", "--state", "s", "--controller", "127.0.0.1:1", "--out", "o"]
        #expect(throws: (any Error).self) { try PodFilesCommand.parse(others) }
        #expect(throws: (any Error).self) { try PodFilesCommand.parse(others + ["--all", "--pod", "shop/web"]) }
        #expect(throws: Never.self) { try PodFilesCommand.parse(others + ["--all"]) }
    }
}

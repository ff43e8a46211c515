import Foundation
import Testing

@testable import MeshCLI

@Suite("The archives of bug reports")
struct ArchiveTests {
    private static let endings = [
        ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.lz4", ".tlz4", ".zip",
    ]

    /// How files begin that are packed so; a tape archive has its mark further behind.
    private static func mark(_ ending: String) -> [UInt8] {
        switch ending {
        case ".tar.gz", ".tgz": [0x1F, 0x8B]
        case ".tar.bz2", ".tbz2": Array("BZh".utf8)
        case ".tar.xz", ".txz": [0xFD] + Array("7zXZ".utf8) + [0]
        case ".tar.lz4", ".tlz4": [0x04, 0x22, 0x4D, 0x18]
        case ".zip": Array("PK".utf8) + [3, 4]
        default: []
        }
    }

    /// Compares an archive with a directory, by what Python has for it, but for LZ4, which it lacks.
    private static let comparison = PythonScript(
        interpreter: PythonScript.ofMachine,
        text: """
            import io, os, subprocess, sys, tarfile, zipfile
            archive, directory = sys.argv[1:]
            if archive.endswith(".zip"):
                with zipfile.ZipFile(archive) as packed:
                    assert packed.testzip() is None
                    found = {name: packed.read(name) for name in packed.namelist() if not name.endswith("/")}
            else:
                if archive.endswith("lz4"):
                    plain = subprocess.run(["lz4", "-dc", archive], check=True, stdout=subprocess.PIPE).stdout
                    packed = tarfile.open(fileobj=io.BytesIO(plain), mode="r:")
                else:
                    packed = tarfile.open(archive, "r:*")
                found = {m.name: packed.extractfile(m).read() for m in packed.getmembers() if m.isfile()}
            wanted, start = {}, os.path.dirname(directory)
            for place, _, names in os.walk(directory):
                for name in names:
                    path = os.path.join(place, name)
                    wanted[os.path.relpath(path, start)] = open(path, "rb").read()
            for name in sorted(found.keys() | wanted.keys()):
                state = "same" if found.get(name) == wanted.get(name) else "different"
                print(state, name.split("/", 1)[1])
            """)

    @Test("hold what was packed, whatever their ending, and replace what was there", arguments: endings)
    func packed(ending: String) async throws {
        let staging = try StagingDirectory()
        defer { staging.remove() }
        let place = FileManager.default.temporaryDirectory.appending(path: "osm-archive-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        let file = place.appending(path: "a report of 10:30\(ending)").path
        try Data("something else".utf8).write(to: URL(filePath: file))
        let long = "namespaces/shop/pods/\(String(repeating: "p", count: 63))/commands/kubectl_logs_-n_shop_-c_envoy"
        try staging.write((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }, to: long)
        try staging.write([], to: "namespaces/none")
        try staging.write(Array("ä ✓\n".utf8), to: "namespaces/a b")

        try await Archive(path: file).pack(staging.path)
        let mark = Self.mark(ending)
        #expect(Array(try Data(contentsOf: URL(filePath: file)).prefix(mark.count)) == mark)
        let names = [long, "namespaces/none", "namespaces/a b"].sorted()
        let found = try await Self.comparison.lines([file, staging.path])
        #expect(found == names.map { "same \($0)" })
        // Whoever compares sees what is different.
        try staging.write([1], to: "namespaces/none")
        try staging.write([1], to: "zz")
        let changed = try await Self.comparison.lines([file, staging.path])
        #expect(changed.filter { $0.hasPrefix("different") } == ["different namespaces/none", "different zz"])
    }

    @Test("are refused where the directory is not there, and nothing is left behind")
    func failing() async throws {
        for ending in [".tar.gz", ".tar.lz4", ".zip"] {
            let file = FileManager.default.temporaryDirectory.appending(path: "osm-\(UUID().uuidString)\(ending)").path
            let failure = await #expect(throws: CommandFailure.self) {
                try await Archive(path: file).pack("/no/such/directory")
            }
            #expect(failure?.action == "packing the bug report into \(file)")
            #expect(failure?.advice.contains("--out-file") == true, "\(ending)")
            #expect(!FileManager.default.fileExists(atPath: file), "\(ending)")
        }
    }
}

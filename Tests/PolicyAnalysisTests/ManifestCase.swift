import Foundation
import ManifestSource
import MeshModel
import PolicyAnalysis

/// Manifests in files beside these tests.
enum ManifestCase {
    /// The directory of this target's sources.
    static let directory = URL(filePath: #filePath).deletingLastPathComponent()

    /// A file of the directory `Differences`, by its name without the ending.
    static func file(_ name: String) throws -> ManifestFile {
        let url = directory.appending(path: "Differences/\(name).yaml")
        return ManifestFile(name: "\(name).yaml", bytes: Array(try Data(contentsOf: url)))
    }

    /// The names of all of them but that on which they stand.
    static let names: [String] = {
        let files = try? FileManager.default.contentsOfDirectory(
            atPath: directory.appending(path: "Differences").path)
        return (files ?? []).filter { $0.hasSuffix(".yaml") && $0 != "base.yaml" }.map { String($0.dropLast(5)) }
            .sorted()
    }()

    /// What an analysis finds in some files.
    static func analysis(_ files: [ManifestFile]) -> MeshAnalysis {
        let check = ManifestCheck(files)
        return MeshAnalysis(CompiledMesh(PlannedMesh(check).contents), manifests: check)
    }
}

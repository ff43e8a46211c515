internal import Foundation
internal import ManifestSource

/// Reads manifests from files.
enum ManifestFiles {
    private static let endings = [".yaml", ".yml", ".json"]

    /// The files of paths, named as they are given: directories with all that is below them, by name.
    ///
    /// - Throws: ``CommandFailure`` for a path that is not there, or cannot be read.
    static func read(_ paths: [String]) throws -> [ManifestFile] {
        var files: [ManifestFile] = []
        for path in paths {
            if path == "-" {
                let bytes = Array(FileHandle.standardInput.readDataToEndOfFile())
                files.append(ManifestFile(name: "standard input", bytes: bytes))
                continue
            }
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
                throw CommandFailure(
                    "reading manifests", because: "there is no file or directory \(path)",
                    advice: "give the path of manifests to -f")
            }
            guard isDirectory.boolValue else {
                files.append(try file(path))
                continue
            }
            let names = try contents(of: path)
            guard !names.isEmpty else {
                throw CommandFailure(
                    "reading manifests", because: "\(path) holds no file that ends in .yaml, .yml or .json",
                    advice: "give the path of manifests to -f")
            }
            for name in names { files.append(try file(name)) }
        }
        return files
    }

    /// The objects of manifests, none of which is left out for want of understanding.
    ///
    /// What is written and has no effect is told on standard error.
    ///
    /// - Throws: ``CommandFailure`` for what cannot be read: without it answers would be wrong.
    static func objects(_ paths: [String], _ console: Console) throws -> ManifestCheck {
        let files = try read(paths)
        let broken = files.flatMap(\.problems).filter(\.isFatalForObject)
        guard broken.isEmpty else {
            let more = broken.count > 5 ? "\nand \(broken.count - 5) more" : ""
            throw CommandFailure(
                "reading manifests",
                because: broken.prefix(5).map(\.description).joined(separator: "\n") + more,
                advice: "mend them: `osm analyze -f` tells of all that is wrong")
        }
        let check = ManifestCheck(files)
        for problem in check.problems where problem.isFatalForObject {
            console.error("note: without effect: \(problem)")
        }
        return check
    }

    /// The manifests below a directory: sorted, hidden files and directories left out.
    private static func contents(of directory: String) throws -> [String] {
        let base = directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        } catch {
            throw CommandFailure(
                "reading manifests", because: "\(directory) cannot be read: \(error.localizedDescription)",
                advice: "see who may read it, or give another path to -f")
        }
        return try names.filter { !$0.hasPrefix(".") }.flatMap { name -> [String] in
            let path = "\(base)/\(name)"
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return [] }
            if isDirectory.boolValue { return try contents(of: path) }
            return endings.contains { name.hasSuffix($0) } ? [path] : []
        }
    }

    private static func file(_ path: String) throws -> ManifestFile {
        do {
            return ManifestFile(name: path, bytes: Array(try Data(contentsOf: URL(filePath: path))))
        } catch {
            throw CommandFailure(
                "reading manifests", because: "\(path) cannot be read: \(error.localizedDescription)",
                advice: "see who may read it, or give another path to -f")
        }
    }
}

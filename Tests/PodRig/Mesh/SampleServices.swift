import ManifestSource
import MeshModel

/// The Services of a directory of manifests.
enum SampleServices {
    /// Reads them, sorted by name.
    ///
    /// - Throws: `RigError` with the code `file` if the directory or an object in it cannot be read.
    static func read(from directory: String) throws -> [Service] {
        let check = try ManifestCheck(directory: directory)
        if let problem = check.problems.first(where: \.isFatalForObject) {
            throw RigError(.file, "the manifests in \(directory) have a mistake: \(problem)")
        }
        return check.changes.services.compactMap { if case .set(let service) = $0 { service } else { nil } }
    }
}

internal import MeshInstallation

/// Prints the manifests of an installation.
enum InstallationPrint {
    /// Writes all objects as YAML, in the order in which they are made.
    ///
    /// - Throws: `InstallationError`, or the encoder's error.
    static func manifests(_ installation: Installation, on console: Console) throws {
        for object in try installation.kinds() + installation.objects() {
            guard let text = try OutputFormat.yaml.text(of: object.content) else { continue }
            console.write("---\n\(text)")
        }
    }
}

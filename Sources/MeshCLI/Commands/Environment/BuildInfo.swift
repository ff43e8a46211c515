/// Which build of the command this is.
///
/// `hack/image.sh` writes these three into the copy of the sources that it builds.
enum BuildInfo {
    /// The version, such as `v1.3.0`.
    static let version = "development"
    /// The commit that was built.
    static let gitCommit = "unknown"
    /// When it was built, as the original writes it, such as `2026-11-29-08:30`.
    static let buildDate = "unknown"
}

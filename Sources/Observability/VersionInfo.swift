internal import Metrics

/// Which build of the program this is.
public struct VersionInfo: Hashable, Sendable, Encodable {
    private enum CodingKeys: String, CodingKey {
        case version
        case gitCommit = "git_commit"
        case buildDate = "build_date"
    }

    /// The version, such as `v1.3.0`.
    public let version: String
    /// The commit that was built.
    public let gitCommit: String
    /// When it was built, by ISO 8601.
    public let buildDate: String

    /// A build.
    public init(version: String, gitCommit: String, buildDate: String) {
        self.version = version
        self.gitCommit = gitCommit
        self.buildDate = buildDate
    }

    /// Exposes it as the labels of `osm_version_info`, whose value is always 1.
    public func record(in registry: PrometheusRegistry) {
        Gauge(
            label: "osm_version_info",
            dimensions: [("build_date", buildDate), ("git_commit", gitCommit), ("version", version)], factory: registry
        ).record(1)
    }
}

import TestCluster
import Testing

/// A kind of the mesh, as users of kubectl see it.
struct MeshKind: Sendable, CustomTestStringConvertible {
    let name: String
    let group: String
    let plural: String
    /// The short name; for many kinds it is the singular.
    let short: String
    /// The versions that are served.
    let served: Set<String>
    /// The version that is stored.
    let stored: String
    /// Versions that are not served, but that a cluster of the original may list as stored.
    let kept: Set<String>
    /// The headers of `kubectl get`, with what stands below them for ``sample`` and ``summary``; nil for an age.
    let columns: [(header: String, cell: String?)]
    /// The further headers of `--output wide`, in their order.
    let wide: [(header: String, cell: String?)]
    /// A spec, as JSON.
    let sample: String
    /// What the controller writes into the status of ``sample`` beside conditions.
    let summary: [String: Tree]

    init(
        _ name: String, _ group: String, _ plural: String, _ short: String, served: Set<String>, stored: String,
        kept: Set<String> = [], columns: KeyValuePairs<String, String?>, wide: KeyValuePairs<String, String?> = [:],
        sample: String, summary: [String: Tree]
    ) {
        self.name = name
        self.group = group
        self.plural = plural
        self.short = short
        self.served = served
        self.stored = stored
        self.kept = kept
        self.columns = columns.map { ($0.key, $0.value) }
        self.wide = wide.map { ($0.key, $0.value) } + [("REASON", "Programmed"), ("MESSAGE", "all is well")]
        self.sample = sample
        self.summary = summary
    }

    var testDescription: String { name }

    /// The name of the CustomResourceDefinition, and of the resource in one version for kubectl.
    var definition: String { "\(plural).\(group)" }
    func resource(_ version: String) -> String { "\(plural).\(version).\(group)" }

    /// An object with the sample's spec, as JSON.
    func object(_ object: String, version: String? = nil) -> String {
        """
        {"apiVersion": "\(group)/\(version ?? stored)", "kind": "\(name)", "metadata": {"name": "\(object)"},
         "spec": \(sample)}
        """
    }

    /// The shared cluster, with all kinds.
    static func cluster() async throws -> TestCluster { try await installation.value }

    private static let installation = Task {
        let cluster = try await TestCluster.shared()
        try await cluster.kubectlOutput(["apply", "--kustomize", Checkout.path("crds")])
        try await cluster.kubectlOutput(
            ["wait", "--for=condition=Established", "--timeout=240s"] + all.map { "crd/\($0.definition)" })
        return cluster
    }
}

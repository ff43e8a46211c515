/// Something that pods on the node show, as a text that says exactly what.
struct CheckCase: Sendable {
    let name: String
    let expected: String
    let observe: @Sendable (CheckCluster) async throws -> String

    /// A row of the table.
    ///
    /// - Parameters:
    ///   - name: What is checked.
    ///   - expected: What is to be observed.
    ///   - observe: Observes it.
    init(_ name: String, _ expected: String, observe: @escaping @Sendable (CheckCluster) async throws -> String) {
        self.name = name
        self.expected = expected
        self.observe = observe
    }

    /// All rows; they run at once.
    static var all: [CheckCase] {
        lifecycle + sidecars + endings + probes + hooks + volumes + identity + environment + network + workloads
            + kubectl
    }
}

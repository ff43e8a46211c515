/// What was done to namespaces: told as it is done, or for programs all at the end.
struct NamespaceReport {
    /// What was done to one.
    struct Row: Encodable, Equatable {
        let namespace: String
        /// Whether it was not already so.
        let isChanged: Bool
        let message: String
    }

    private let console: Console
    private let format: OutputFormat
    private var rows: [Row] = []

    init(_ console: Console, as output: OutputOptions) {
        self.console = console
        format = output.output
    }

    /// Something was done, or nothing was to do.
    mutating func add(_ namespace: String, isChanged: Bool = true, _ message: String) {
        rows.append(Row(namespace: namespace, isChanged: isChanged, message: message))
        if format == .table || format == .wide { console.out(message) }
    }

    /// Prints the rows where they are for programs.
    func finish() throws { try console.print(rows, as: format) { _ in } }
}

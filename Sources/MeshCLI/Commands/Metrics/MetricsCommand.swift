internal import ArgumentParser

/// The commands `osm metrics ...`.
struct MetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "Let Prometheus read the metrics of sidecars, or not.",
        discussion: """
            EXAMPLES:
              osm metrics enable --namespace bookstore,bookbuyer
              osm metrics disable --namespace bookstore
            """,
        subcommands: [MetricsEnableCommand.self, MetricsDisableCommand.self])

    @OptionGroup var global: GlobalOptions
}

/// The command `osm metrics enable`.
struct MetricsEnableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Let Prometheus read the metrics of the sidecars of namespaces.",
        discussion: """
            Holds for the pods that run and for those to come. It installs no Prometheus.

            EXAMPLES:
              osm metrics enable --namespace bookstore
              osm metrics enable --namespace bookstore,bookbuyer
            """)

    @OptionGroup var namespaces: MetricsNamespaces
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws { try await MetricsSwitch(isOn: true).set(namespaces.names, output, global) }
}

/// The command `osm metrics disable`.
struct MetricsDisableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Keep Prometheus from the metrics of the sidecars of namespaces.",
        discussion: """
            EXAMPLES:
              osm metrics disable --namespace bookstore
            """)

    @OptionGroup var namespaces: MetricsNamespaces
    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws { try await MetricsSwitch(isOn: false).set(namespaces.names, output, global) }
}

/// The namespaces whose metrics are switched.
struct MetricsNamespaces: ParsableArguments {
    @Option(help: "A namespace, or several separated by commas; may be repeated. Required.")
    var namespace: [String] = []

    init() {}

    var names: [String] { namespace.separatedByCommas }

    mutating func validate() throws {
        if names.isEmpty { throw ValidationError("required flag --namespace not set") }
    }
}

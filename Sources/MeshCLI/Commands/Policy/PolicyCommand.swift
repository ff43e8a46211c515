internal import ArgumentParser

/// The commands `osm policy ...`.
struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Ask what the mesh's policies allow.",
        discussion: """
            EXAMPLES:
              osm policy check-pods bookbuyer/bookbuyer-5ccf bookstore/bookstore-v1-8f
              osm policy explain --from bookthief/bookthief --to bookstore/bookstore:14001
            """,
        subcommands: [
            PolicyCheckPodsCommand.self,
            PolicyCheckConflictsCommand.self,
            PolicyExplainCommand.self,
        ])

    @OptionGroup var global: GlobalOptions
}

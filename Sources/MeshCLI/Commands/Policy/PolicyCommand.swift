internal import ArgumentParser

/// The commands `osm policy ...`.
struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Ask what the mesh's policies allow.",
        subcommands: [
            PolicyCheckPodsCommand.self,
            PolicyCheckConflictsCommand.self,
            PolicyExplainCommand.self,
        ])

    @OptionGroup var global: GlobalOptions
}

internal import ArgumentParser

/// The commands `osm support ...`.
struct SupportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "support", abstract: "Help those who help.",
        subcommands: [ErrorInfoCommand.self, BugReportCommand.self])

    @OptionGroup var global: GlobalOptions
}

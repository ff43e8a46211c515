internal import ArgumentParser

/// The commands `osm support ...`.
struct SupportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "support", abstract: "Help those who help.",
        discussion: """
            EXAMPLES:
              osm support error-info E1000
              osm support bug-report --all -o bug.tgz
            """,
        subcommands: [ErrorInfoCommand.self, BugReportCommand.self])

    @OptionGroup var global: GlobalOptions
}

internal import ArgumentParser

/// The commands `osm alpha ...`, where the original has its previews.
struct AlphaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alpha", abstract: "Commands that were previews in the original.",
        discussion: """
            EXAMPLES:
              osm alpha certificate rotate
            """,
        subcommands: [CertificateCommand.self])

    @OptionGroup var global: GlobalOptions
}

/// The commands `osm alpha certificate ...`.
struct CertificateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate", abstract: "Manage the roots of the mesh.",
        discussion: """
            EXAMPLES:
              osm alpha certificate rotate --accept --delete
            """,
        subcommands: [CertificateRotateCommand.self], aliases: ["mrc"])

    @OptionGroup var global: GlobalOptions
}

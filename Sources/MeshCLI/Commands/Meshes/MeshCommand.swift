internal import ArgumentParser

/// The commands `osm mesh ...`.
struct MeshCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mesh", abstract: "Manage the meshes of a cluster.",
        discussion: """
            EXAMPLES:
              osm mesh list
              osm mesh upgrade
            """,
        subcommands: [MeshListCommand.self, MeshUpgradeCommand.self])

    @OptionGroup var global: GlobalOptions
}

internal import ArgumentParser

/// The commands `osm namespace ...`.
struct NamespaceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "namespace", abstract: "Manage the namespaces of a mesh.",
        subcommands: [
            NamespaceAddCommand.self, NamespaceRemoveCommand.self, NamespaceIgnoreCommand.self,
            NamespaceListCommand.self,
        ], aliases: ["ns"])

    @OptionGroup var global: GlobalOptions
}

internal import ArgumentParser

/// The commands `osm namespace ...`.
struct NamespaceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "namespace", abstract: "Manage the namespaces of a mesh.",
        discussion: """
            A namespace belongs to the mesh whose name its label openservicemesh.io/monitored-by holds. What is in other \
            namespaces is none of the mesh's business, and pods there get no sidecar.

            EXAMPLES:
              osm namespace add bookstore
              osm namespace list
            """,
        subcommands: [
            NamespaceAddCommand.self, NamespaceRemoveCommand.self, NamespaceIgnoreCommand.self,
            NamespaceListCommand.self,
        ], aliases: ["ns"])

    @OptionGroup var global: GlobalOptions
}

internal import ArgumentParser

/// The command `osm env`.
struct EnvCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "env", abstract: "Print what the command itself is configured to.",
        discussion: """
            It is read from the file $OSM_CONFIG, else ~/.osm/config.yaml.

            EXAMPLES:
              osm env
            """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
        var file = try CommandConfigurationFile.read()
        if let namespace = global.osmNamespace { file.install.namespace = namespace }
        let install = file.install
        // In the original's order, with the original's blank behind the dashes.
        global.console.out("--- ")
        global.console.out(
            """
            install:
              kind: \(install.kind.rawValue)
              distribution: \(install.distribution.isEmpty ? "\"\"" : install.distribution)
              namespace: \(install.namespace)

            """)
    }
}

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

    @OptionGroup var output: OutputOptions
    @OptionGroup var global: GlobalOptions

    func run() throws {
        var file = try CommandConfigurationFile.read()
        if let namespace = global.osmNamespace { file.install.namespace = namespace }
        let install = file.install
        try global.console.print(file, as: output.output) { _ in
            // In the original's order, with the original's blank behind the dashes.
            global.console.out("--- ")
            global.console.out(
                """
                install:
                  kind: \(install.kind.rawValue)
                  distribution: \(install.distribution.plainOrQuoted)
                  namespace: \(install.namespace.plainOrQuoted)

                """)
        }
    }
}

extension String {
    /// The text as a scalar of YAML: as it is where that is safe.
    fileprivate var plainOrQuoted: String {
        let isPlain = wholeMatch(of: /[A-Za-z][A-Za-z0-9_.-]*/) != nil
        return isPlain ? self : "\"\(onOneLine.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }
}

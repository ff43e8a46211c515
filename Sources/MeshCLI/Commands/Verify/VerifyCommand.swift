internal import ArgumentParser

/// The commands `osm verify ...`.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check that something works, step by step.",
        discussion: """
            Each step is told with its reason and a suggestion where it fails; steps of a step that succeeds are left out. The \
            exit status is 1 unless all steps succeed.

            EXAMPLES:
              osm verify control-plane-health
              osm verify connectivity --from-pod bookbuyer/bookbuyer-5c --to-pod bookstore/bookstore-8f
            """,
        subcommands: [
            VerifyConnectivityCommand.self, VerifyIngressCommand.self, VerifyControlPlaneCommand.self,
        ])

    @OptionGroup var global: GlobalOptions
}

extension Verification {
    /// Prints the result between lines of dashes, or as JSON or YAML.
    ///
    /// - Throws: The exit status 1 unless it is a success.
    func conclude(on console: Console, as format: OutputFormat) throws {
        try console.print(self, as: format) { _ in
            let line = String(repeating: "-", count: 45)
            console.out(line)
            print(on: console)
            console.out(line)
        }
        if status != .success { throw ExitCode.failure }
    }
}

public import ArgumentParser

/// The command `osm`.
public struct OSMCommand: AsyncParsableCommand {
    /// What it is called, and what it consists of.
    public static let configuration = CommandConfiguration(
        commandName: "osm",
        abstract: "Runs meshes of Open Service Mesh, and shows what is in effect in them.",
        discussion: """
            A cluster is found as kubectl finds it: by --kubeconfig and --context, else by $KUBECONFIG and \
            ~/.kube/config. The control plane's namespace is that of --osm-namespace, else that of the command's own \
            configuration, else osm-system. Pods are reached by ports forwarded through the API server.

            EXIT STATUS:
              0  all went well
              1  something failed, or a check found a fault; standard error says
                 what was being done, to what, why it failed and what to do
              2  the command line is wrong
              130, 143  a second INT or TERM ended what was being undone

            ENVIRONMENT:
              KUBECONFIG  the kubeconfig files, separated by colons
              OSM_CONFIG  the command's own configuration
              NO_COLOR    no coloured words, not even on a terminal

            FILES:
              ~/.kube/config      the kubeconfig, without KUBECONFIG
              ~/.osm/config.yaml  the command's own configuration, without OSM_CONFIG:
                                  `install:` with `kind` (self-hosted or managed),
                                  `distribution` and `namespace`

            EXAMPLES:
              osm mesh list
              osm namespace add bookstore
              osm proxy get config_dump bookbuyer-7d4b -n bookbuyer
            """,
        subcommands: [
            InstallCommand.self,
            UninstallCommand.self,
            StatusCommand.self,
            MeshCommand.self,
            NamespaceCommand.self,
            MetricsCommand.self,
            PolicyCommand.self,
            AnalyzeCommand.self,
            DiffCommand.self,
            CompileCommand.self,
            ProxyCommand.self,
            VerifyCommand.self,
            DashboardCommand.self,
            SupportCommand.self,
            AlphaCommand.self,
            EnvCommand.self,
            VersionCommand.self,
            CompletionCommand.self,
        ])

    // Given before the subcommand they count as well.
    @OptionGroup var global: GlobalOptions

    /// A command without arguments, which prints its help.
    public init() {}
}

extension OSMCommand {
    /// Runs a command line.
    ///
    /// - Parameters:
    ///   - arguments: The words after the program's name.
    ///   - console: Where the command writes, and whom it asks.
    /// - Returns: The exit status: 0 if all went well, 1 if something failed, 2 if the command line is wrong.
    public static func execute(_ arguments: [String], console: Console) async -> Int32 {
        await Console.$current.withValue(console) {
            do {
                var command = try await asyncParseAsRoot(Switches.plain(ShortOptions.apart(arguments)))
                if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    try command.run()
                }
                return 0
            } catch {
                return report(error, on: console)
            }
        }
    }

    private static func report(_ error: any Error, on console: Console) -> Int32 {
        if let failure = error as? CommandFailure {
            console.error("Error: \(failure)")
            return 1
        }
        let code = exitCode(for: error)
        let message = fullMessage(for: error)
        guard code.isSuccess else {
            if !message.isEmpty { console.error(message) }
            return code == .validationFailure ? 2 : code.rawValue
        }
        if !message.isEmpty { console.out(message) }
        return 0
    }
}

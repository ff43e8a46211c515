internal import ArgumentParser

/// The command `osm completion`.
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print the completion script of a shell.",
        discussion: """
            EXAMPLES:
              source <(osm completion bash)
              osm completion zsh > "${fpath[1]}/_osm"
              osm completion fish > ~/.config/fish/completions/osm.fish
            """)

    /// A shell.
    enum Shell: String, CaseIterable, ExpressibleByArgument { case bash, zsh, fish }

    @Argument(help: "The shell: bash, zsh or fish.")
    var shell: Shell

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let kind: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        global.console.out(OSMCommand.completionScript(for: kind))
    }
}

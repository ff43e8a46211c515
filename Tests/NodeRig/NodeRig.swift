import ArgumentParser

/// A test rig that plays a node of Kubernetes: pods really run, as processes of this machine.
struct NodeRig: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "NodeRig",
        abstract: "A test rig, not for production: a node whose pods are processes in namespaces of this machine.",
        subcommands: [EnterCommand.self, RunCommand.self, CheckCommand.self])
}

@main
enum Main {
    /// On the main thread, since what `enter` starts ends with the thread that started it.
    @MainActor static func main() async {
        if CommandLine.arguments.dropFirst().first == "enter" {
            EnterCommand.main(Array(CommandLine.arguments.dropFirst(2)))
        } else {
            await NodeRig.main()
        }
    }
}

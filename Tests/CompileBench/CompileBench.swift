import ArgumentParser

/// What a mesh costs inside of the controller, without proxies.
@main
struct CompileBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compiles meshes of growing size and edits them; reads a long list of pods.",
        subcommands: [CompileCommand.self, EditsCommand.self, PodsCommand.self])
}

/// In which mode a mesh is.
enum Mode: String, CaseIterable, ExpressibleByArgument {
    case smi
    case permissive
}

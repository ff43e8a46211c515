import ArgumentParser

/// Pods on one machine: network namespaces with real Envoys, run by the product's own files.
@main
struct PodRig: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs pods as network namespaces with real Envoys.",
        subcommands: [
            DemoCommand.self, SemanticsCommand.self, ProveCommand.self, PoliciesCommand.self, OperatorCommand.self,
            NodeCommand.self,
        ])
}

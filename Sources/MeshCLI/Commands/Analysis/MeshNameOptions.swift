internal import ArgumentParser
internal import MeshModel
internal import PolicyAnalysis
internal import PolicyCompiler

/// The options that say what a mesh is called.
struct MeshNameOptions: ParsableArguments {
    @Option(help: "The name of the mesh. (default: that of the cluster's control plane, else osm)")
    var meshName: String?

    @Option(
        help: """
            The domain in which workloads are named. (default: that of the cluster's control plane, else cluster.local)
            """)
    var trustDomain: String?

    init() {}

    /// What the mesh is called.
    ///
    /// - Parameters:
    ///   - global: The options of every command.
    ///   - words: What the control plane was told; `nil` if that is not known.
    ///   - lazyAbove: Of more service ports that all may call a proxy has only those that it has called; `nil` for what the
    ///     control plane was told.
    func identity(
        _ global: GlobalOptions, _ words: ControlPlaneWords? = nil, lazyAbove: LazyThreshold? = .never
    ) throws -> MeshIdentity {
        let told = words?.lazyAbove.flatMap { LazyThreshold(argument: $0) }
        return MeshIdentity(
            settings: MeshSettings(
                meshName: meshName ?? words?.meshName ?? "osm", osmNamespace: try global.controlPlaneNamespace(),
                lazyThreshold: (lazyAbove ?? told ?? .initial).number),
            trustDomain: trustDomain ?? words?.trustDomain ?? "cluster.local")
    }
}

/// What a mesh is called, and what its workloads are named by.
struct MeshIdentity: Sendable {
    let settings: MeshSettings
    let trustDomain: String

    /// The mesh of some objects.
    func compiled(_ contents: MeshContents) -> CompiledMesh {
        let mesh = CompiledMesh(settings: settings, trustDomains: [trustDomain])
        mesh.become(contents)
        return mesh
    }
}

/// Of how many service ports that all may call a proxy has no more than those that it has called: a number, or `never`.
enum LazyThreshold: ExpressibleByArgument, Equatable {
    case above(Int)
    case never

    /// That of a controller that is told nothing.
    static let initial = LazyThreshold.above(MeshSettings.initialLazyThreshold)

    /// Reads a word.
    init?(argument: String) {
        if argument == "never" {
            self = .never
            return
        }
        guard let number = Int(argument), (0...1_000_000).contains(number) else { return nil }
        self = .above(number)
    }

    /// The number; `nil` for never.
    var number: Int? {
        switch self {
        case .above(let number): number
        case .never: nil
        }
    }
}

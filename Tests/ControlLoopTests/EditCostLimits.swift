import BenchMesh

/// What edits of a mesh of 100 services with two pods each cost when somebody last looked.
///
/// A change that lowers a count lowers its limit here; one that raises it says in its commit why it must.
enum EditCostLimits {
    static func limits(isPermissive: Bool) -> [MeshEdit: CompiledMesh.Cost] { isPermissive ? permissive : smi }

    private static let smi: [MeshEdit: CompiledMesh.Cost] = [
        .trafficSplit: .init(evaluations: 8, translated: 1, published: 1, bytes: 406),
        .httpRouteGroup: .init(evaluations: 9, translated: 1, published: 11, bytes: 1_648),
        .trafficTarget: .init(evaluations: 52, translated: 1, published: 11, bytes: 1_816),
        .endpoint: .init(evaluations: 5, translated: 1, published: 1, bytes: 50),
        .pod: .init(evaluations: 4, translated: 0, published: 0, bytes: 0),
        .service: .init(evaluations: 31, translated: 1, published: 11, bytes: 7_915),
        .meshConfig: .init(evaluations: 7, translated: 3, published: 4, bytes: 0),
        .egress: .init(evaluations: 9, translated: 3, published: 4, bytes: 933),
    ]

    private static let permissive: [MeshEdit: CompiledMesh.Cost] = [
        .trafficSplit: .init(evaluations: 8, translated: 1, published: 1, bytes: 406),
        .httpRouteGroup: .init(evaluations: 6, translated: 1, published: 11, bytes: 0),
        .trafficTarget: .init(evaluations: 16, translated: 1, published: 11, bytes: 0),
        .endpoint: .init(evaluations: 5, translated: 1, published: 1, bytes: 50),
        .pod: .init(evaluations: 3, translated: 0, published: 0, bytes: 0),
        .service: .init(evaluations: 55, translated: 5, published: 15, bytes: 10_111),
        .meshConfig: .init(evaluations: 7, translated: 3, published: 4, bytes: 0),
        .egress: .init(evaluations: 9, translated: 3, published: 4, bytes: 933),
    ]
}

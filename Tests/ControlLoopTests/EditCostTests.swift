import BenchMesh
import Testing

/// What edits cost, in counts that do not depend on the machine, against what they cost when somebody last looked.
///
/// The figures are those of `hack/bench.sh edits`, of smaller meshes.
@Suite("What an edit costs")
struct EditCostTests {
    /// The two sizes: what costs the same in both does not depend on the size.
    private static let sizes = [100, 400]

    private static func costs(services: Int, isPermissive: Bool) async -> [MeshEdit: CompiledMesh.Cost] {
        let mesh = FanMesh(services: services, pods: 2, isPermissive: isPermissive)
        let compiled = CompiledMesh()
        _ = await compiled.apply(mesh.changes)
        var costs: [MeshEdit: CompiledMesh.Cost] = [:]
        for edit in MeshEdit.allCases {
            costs[edit] = await compiled.apply(edit.changes(in: mesh, turn: 0)).cost
            // Taken back, so that the next one begins with the mesh as it was.
            _ = await compiled.apply(edit.changes(in: mesh, turn: 1))
        }
        return costs
    }

    @Test("is the same in meshes of two sizes, and no more than it was", arguments: [false, true])
    func costs(isPermissive: Bool) async throws {
        let mode = isPermissive ? "permissive" : "SMI"
        let small = await Self.costs(services: Self.sizes[0], isPermissive: isPermissive)
        let large = await Self.costs(services: Self.sizes[1], isPermissive: isPermissive)
        for edit in MeshEdit.allCases {
            let name = "\(mode), \(edit.rawValue)"
            let (cost, other) = (try #require(small[edit]), try #require(large[edit]))
            #expect(
                cost == other, "\(name): \(Self.sizes[0]) services cost \(cost), \(Self.sizes[1]) cost \(other)")
            let limit = try #require(EditCostLimits.limits(isPermissive: isPermissive)[edit], "\(name) has no limit")
            for finding in limit.findings(about: cost) {
                switch finding {
                case .worse(let what, let value, let limit):
                    Issue.record("\(name): \(value) \(what), above the limit \(limit): find out why before raising it")
                case .better(let what, let value, let limit):
                    print("figure: \(name): \(value) \(what) instead of \(limit): lower it in EditCostLimits.swift")
                }
            }
        }
    }

    @Test("is held against its limit in each of its counts")
    func findings() {
        let limit = CompiledMesh.Cost(evaluations: 4, translated: 3, published: 2, bytes: 1)
        #expect(limit.findings(about: limit) == [])
        for path in CompiledMesh.Cost.counts.map(\.path) {
            var cost = limit
            cost[keyPath: path] += 1
            #expect(limit.findings(about: cost).count == 1)
            guard case .worse = limit.findings(about: cost).first else {
                Issue.record("more is not worse")
                continue
            }
            cost[keyPath: path] -= 2
            guard case .better = limit.findings(about: cost).first else {
                Issue.record("less is not better")
                continue
            }
        }
    }
}

/// How a count differs from its limit.
enum CostFinding: Equatable {
    case worse(String, Int, limit: Int)
    case better(String, Int, limit: Int)
}

extension CompiledMesh.Cost {
    /// What of a cost differs from this one, which is its limit.
    func findings(about cost: Self) -> [CostFinding] {
        Self.counts.compactMap { name, path in
            let (value, limit) = (cost[keyPath: path], self[keyPath: path])
            if value == limit { return nil }
            return value > limit ? .worse(name, value, limit: limit) : .better(name, value, limit: limit)
        }
    }
}

import MeshModel
import MeshPolicy
import PolicyCompiler

/// Splits, and what several objects claim.
extension OriginalDifference {
    static let splits: [OriginalDifference] = [
        OriginalDifference("split-spelling", "`spec.service` may be `svc`, `svc.ns` and longer forms") { mesh in
            mesh.valid(\.trafficSplits).filter { $0.service.contains(".") }.map {
                $0.place("spec.service", "`\($0.service)` divides requests; the original knew the bare name only")
            }
        },
        OriginalDifference("split-matches", "`matches` count (v1alpha3, v1alpha4)") { mesh in
            mesh.valid(\.trafficSplits).filter { !$0.matches.isEmpty }.map {
                $0.place(
                    "spec.matches",
                    "only requests that match are divided, others go to the Service's pods; the original divided all"
                )
            }
        },
        OriginalDifference("split-zero", "A split whose weights are all zero is reported and does nothing") { mesh in
            mesh.all(\.trafficSplits).filter { !$0.backends.isEmpty && $0.backends.allSatisfy { $0.weight == 0 } }.map {
                $0.place(
                    "spec.backends", "the split does nothing; in the original Envoy refused the whole configuration")
            }
        },
        OriginalDifference("oldest", "Where several objects claim one thing, of any kind, the oldest holds") { mesh in
            mesh.contents.keys.flatMap { key -> [FoundPlace] in
                let own = mesh.contents.problems(of: key)
                return (mesh.diagnosis(of: key)?.refusals ?? []).filter { !own.contains($0) }.map {
                    FoundPlace(object: key, path: $0.path, message: "an older object holds; the original took any")
                }
            }
        },
        OriginalDifference(
            "split-permission",
            "In SMI mode a Service with a split is reached by whoever may reach one of its backends",
            apexes),
    ]

    @Sendable
    private static func apexes(_ mesh: CompiledMesh) -> [FoundPlace] {
        func clients(of service: ObjectName) -> Set<ServiceIdentity> {
            let identities = Set(mesh.pods(behind: service).map(\.identity))
            return Set(
                mesh.valid(\.trafficTargets)
                    .filter { $0.destinationIdentity.map(identities.contains) == true }.flatMap(\.sourceIdentities))
        }
        return mesh.valid(\.trafficSplits).compactMap { split in
            guard let apex = split.apex, mesh.value(NamespaceMode.self, split.namespace) == .smi,
                mesh.value(HoldingSplit.self, apex)?.name == split.name
            else { return nil }
            let behind = split.backends.map { ObjectName(namespace: split.namespace, name: $0.service) }
            let more = behind.reduce(into: Set()) { $0.formUnion(clients(of: $1)) }.subtracting(clients(of: apex))
            guard !more.isEmpty else { return nil }
            return split.place(
                "spec.service",
                "\(NearMisses.list(more.sorted().map(\.description), empty: "")) reach \(apex) since they may call a "
                    + "backend; the original wanted a permission for \(apex) itself")
        }
    }
}

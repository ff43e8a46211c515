import Foundation
import TestCluster
import Testing

@Suite("osm install over what kubectl has applied", .timeLimit(.minutes(10)))
struct BundleTests {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static let container = ".spec.template.spec.containers[name=\"osm-controller\"]"

    @Test("Other images are a conflict that names the field, its manager and what takes it; nothing else is one")
    func images() async throws {
        try await TestCluster.withOwn(TestCluster.Options(hasControllerManager: false)) { cluster in
            let stage = InstallStage(cluster: cluster)
            try await cluster.kubectlOutput(["apply", "-k", Self.repository.appending(path: "crds").path])
            try await cluster.kubectlOutput(["wait", "--for=condition=Established", "crd", "--all", "--timeout=240s"])
            let bundle = try await cluster.kubectlOutput([
                "kustomize", Self.repository.appending(path: "config/default").path,
            ])
            let image = "registry.example.com/mesh/osm-controller:other"
            let others = bundle.replacing(/osm-(controller|init|healthcheck):latest/) {
                "registry.example.com/mesh/osm-\($0.output.1):other"
            }
            try await cluster.kubectlOutput(["apply", "-f", "-"], input: others)

            let conflict = await stage.osm("install", "--no-wait")
            #expect(conflict.status == 1 && conflict.out == "")
            let lines = conflict.error.split(separator: "\n").map(String.init)
            let start = "Error: applying Deployment osm-system/osm-controller: others have set these fields otherwise:"
            #expect(lines.contains(start), "\(conflict.error)")
            let registry = "registry.example.com/mesh"
            let conflicts = [
                ("env[name=\"OSM_DEFAULT_HEALTHCHECK_CONTAINER_IMAGE\"].value", "osm-healthcheck"),
                ("env[name=\"OSM_DEFAULT_INIT_CONTAINER_IMAGE\"].value", "osm-init"), ("image", "osm-controller"),
            ].map { field, name in
                "  \(Self.container).\(field) is \"\(registry)/\(name):other\" by kubectl-client-side-apply, not "
                    + "\"\(name):latest\""
            }
            #expect(lines.filter { $0.hasPrefix("  ") } == conflicts)
            #expect(lines.last?.hasPrefix("Take them with --force-conflicts, or ") == true, "\(conflict.error)")
            let stored = ".spec.template.spec.containers[0].image"
            #expect(try await stage.field(stored, of: "deployment/osm-controller") == image)

            // The values that they have are no conflict.
            let same = await stage.osm(
                "install", "--no-wait", "--set", "osm.image.registry=registry.example.com/mesh,osm.image.tag=other")
            #expect(same.status == 0, "\(same.error)")
            #expect(try await stage.field(stored, of: "deployment/osm-controller") == image)

            let taken = await stage.osm("install", "--no-wait", "--force-conflicts", "--set", "osm.image.tag=mine")
            #expect(taken.status == 0, "\(taken.error)")
            let mine = "registry.example.com/mesh/osm-controller:mine"
            #expect(try await stage.field(stored, of: "deployment/osm-controller") == mine)
        }
    }
}

import Foundation
import TestCluster
import Testing

@Suite("osm install where the former kinds and namespace are just being deleted")
struct InstallationGroundTests {
    private static let kind = "crd/retries.policy.openservicemesh.io"

    @Test(
        "It says what it waits for, and installs once that is gone; if it takes too long, it names what is in the way")
    func ending() async throws {
        try await TestCluster.withOwn { cluster in
            let stage = InstallStage(cluster: cluster)
            #expect(await stage.osm("install", "--no-wait").status == 0)
            try await hold(Self.kind, "[\"example.com/hold\"]", in: cluster)
            let removed = await stage.osm("uninstall", "mesh", "-fa", "--delete-namespace")
            #expect(removed.status == 0, "\(removed.error)")
            let former = try await stage.field(".metadata.uid", of: Self.kind)

            let late = await stage.osm("install", "--no-wait", "--timeout", "3s")
            #expect(late.status == 1)
            #expect(late.error.contains("the former one has not been deleted in time"), "\(late.error)")
            let advice = "kubectl get customresourcedefinition retries.policy.openservicemesh.io -o yaml"
            #expect(late.error.contains(advice), "\(late.error)")
            let controller = ["get", "deployment", "osm-controller", "-n", "osm-system"]
            #expect(try await cluster.kubectl(controller).status == 1)

            async let installing = stage.osm("install", "--no-wait", "--timeout", "240s")
            try await Task.sleep(for: .seconds(1))
            try await hold(Self.kind, "[]", in: cluster)
            let installed = await installing
            #expect(installed.status == 0, "\(installed.error)")
            let line = "waiting until the former CustomResourceDefinition retries.policy.openservicemesh.io is deleted"
            #expect(installed.error.contains(line), "\(installed.error)")
            #expect(try await stage.field(".metadata.uid", of: Self.kind) != former)

            // Without anybody who holds anything up: the namespace takes some seconds, and is waited for.
            let again = await stage.osm("uninstall", "mesh", "-fa", "--delete-namespace")
            #expect(again.status == 0, "\(again.error)")
            let last = await stage.osm("install", "--no-wait", "--timeout", "240s")
            #expect(last.status == 0, "\(last.error)")
            let range = "jsonpath={range .items[*]}{.metadata.deletionTimestamp}{end}"
            let ends = try await cluster.kubectlOutput(["get", "crd,namespaces", "-o", range])
            #expect(ends == "")
            #expect(try await stage.field(".spec.replicas", of: "deployment/osm-controller") == "2")
        }
    }

    /// Sets who must agree before an object is gone.
    private func hold(_ object: String, _ finalizers: String, in cluster: TestCluster) async throws {
        // Kubernetes has a finalizer of its own there.
        let kept = try await cluster.kubectlOutput(["get", object, "-o", "jsonpath={.metadata.finalizers}"])
        let own = kept.contains("customresourcecleanup") ? "\"customresourcecleanup.apiextensions.k8s.io\"" : ""
        let all = [own, String(finalizers.dropFirst().dropLast())].filter { !$0.isEmpty }.joined(separator: ",")
        try await cluster.kubectlOutput([
            "patch", object, "--type", "merge", "--patch", "{\"metadata\": {\"finalizers\": [\(all)]}}",
        ])
    }
}

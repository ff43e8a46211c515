import TestCluster
import Testing

@Suite("osm on a cluster without a mesh")
struct EmptyClusterTests {
    @Test("says that there is none, and that its kinds are not installed")
    func empty() async throws {
        try await TestCluster.withOwn { cluster in
            func osm(_ arguments: String...) async -> Transcript {
                await Transcript.of(arguments + ["--kubeconfig", cluster.kubeconfigPath])
            }
            var line = await osm("mesh", "list")
            #expect(line.out == "No osm mesh control planes found\n")
            #expect(line.status == 0)
            #expect(await osm("mesh", "list", "-o", "json").out == "[\n\n]\n")
            line = await osm("version")
            #expect(line.out.hasPrefix("CLI Version: version.Info{Version:"))
            #expect(line.out.hasSuffix("}\nUnable to find OSM control plane in the cluster\n"))
            #expect(line.status == 0)
            line = await osm("namespace", "list")
            #expect(line.out == "No namespaces in any mesh\n")
            line = await osm("namespace", "add", "default")
            #expect(line.status == 1)
            #expect(
                line.error
                    == "Error: mesh [osm] does not exist. Please specify another mesh using --mesh-name or create a new "
                    + "mesh.\n")
            line = await osm("status")
            #expect(line.status == 1)
            #expect(line.error.hasPrefix("Error: No osm mesh control plane found in namespace osm-system\n"))
            for command in [
                ["policy", "check-conflicts", "IngressBackend", "-n", "default"],
                ["alpha", "certificate", "rotate", "-y"],
            ] {
                let line = await Transcript.of(command + ["--kubeconfig", cluster.kubeconfigPath])
                #expect(line.status == 1)
                #expect(line.out == "")
                #expect(line.error.hasPrefix("Error: "))
                #expect(
                    line.error.hasSuffix("See whether the mesh and its kinds are installed: osm mesh list.\n"),
                    "\(line.error)")
            }
            line = await osm("dashboard", "-b=false")
            #expect(line.status == 1)
            #expect(
                line.error == """
                    Error: Failed to get OSM Grafana service data: there is no Service osm-system/osm-grafana
                    Install a Grafana with such a Service, or name its namespace with --osm-namespace.

                    """)
        }
    }
}

import Foundation
import TestCluster
import Testing

@Suite("osm about the policies of a real API server")
struct AnalysisClusterTests {
    /// A pod with a sidecar of ours, as the API server would have it.
    private func pod(_ name: String, in namespace: String) -> String {
        """
        {apiVersion: v1, kind: ServiceAccount, metadata: {name: \(name), namespace: \(namespace)}}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name), namespace: \(namespace), labels: {app: \(name)}}
        spec:
          serviceAccountName: \(name)
          containers: [{name: app, image: app}]
          volumes:
          - name: osm-xds
            projected: {sources: [{serviceAccountToken: {audience: osm-xds, path: token}}]}
        ---

        """
    }

    @Test("explains a call, and what is proposed changes the answer and is told before by diff")
    func explain() async throws {
        let cluster = try await CommandCluster.shared()
        let (mesh, home) = try await cluster.makeMesh()
        let shop = try await cluster.cluster.createNamespace("shop")
        _ = await cluster.osm("namespace", "add", shop, "--mesh-name", mesh)
        try await cluster.apply(
            pod("front", in: shop) + pod("store", in: shop) + """
                apiVersion: v1
                kind: Service
                metadata: {name: store, namespace: \(shop)}
                spec: {selector: {app: store}, ports: [{name: http-web, port: 80, targetPort: 8080}]}
                """)
        func ask(_ more: String...) async -> Transcript {
            await Transcript.of(
                [
                    "policy", "explain", "--from", "\(shop)/front", "--to", "\(shop)/store", "--mesh-name", mesh,
                    "--osm-namespace", home, "--kubeconfig", cluster.cluster.kubeconfigPath,
                ] + more)
        }
        let denied = await ask("--method", "GET", "--path", "/a", "--output", "json", "--expect", "denied")
        #expect(denied.status == 0)
        struct Answer: Decodable {
            struct Remedy: Decodable { let manifest: String }
            let remedy: Remedy
        }
        let remedy = try #require(try JSONDecoder().decode([Answer].self, from: Data(denied.out.utf8)).first).remedy
        let file = FileManager.default.temporaryDirectory.appending(path: "\(shop).yaml")
        try Data(remedy.manifest.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let options = ["--mesh-name", mesh, "--osm-namespace", home, "--kubeconfig", cluster.cluster.kubeconfigPath]
        let before = await Transcript.of(["diff", "-f", file.path, "--exit-code"] + options)
        #expect(before.status == 1)
        #expect(before.out.contains("  + TrafficTarget \(shop)/front-to-store\n"))
        #expect(before.out.contains("\(shop)/front -> \(shop)/store:80"))
        try await cluster.apply(remedy.manifest)
        let after = await Transcript.of(["diff", "-f", file.path, "--exit-code"] + options)
        #expect(after.out == "Nothing is different.\n")
        #expect(after.status == 0)
        // Nobody runs the pods, so that nobody is ready; but the policy is no more in the way.
        let allowed = await ask("--method", "GET", "--path", "/a")
        #expect(allowed.out.hasPrefix("UNAVAILABLE  \(shop)/front -> \(shop)/store:80 (HTTP) GET /a\n"))
    }

    @Test("takes the mesh's name and what the controller was told from the control plane")
    func controlPlane() async throws {
        let cluster = try await CommandCluster.shared()
        let (mesh, home) = try await cluster.makeMesh(permissive: true)
        let shop = try await cluster.cluster.createNamespace("shop")
        _ = await cluster.osm("namespace", "add", shop, "--mesh-name", mesh)
        // Pods are made after the Service: those from before it would not be lazy.
        try await cluster.apply(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: store, namespace: \(shop)}
            spec: {selector: {app: store}, ports: [{name: http-web, port: 80, targetPort: 8080}]}
            ---

            """ + pod("front", in: shop) + pod("store", in: shop))
        func compile(_ more: String...) async -> Transcript {
            await Transcript.of(
                [
                    "compile", "--proxy", "\(shop)/front", "--osm-namespace", home, "--output", "table", "--kubeconfig",
                    cluster.cluster.kubeconfigPath,
                ] + more)
        }
        let all = await compile()
        #expect(all.status == 0)
        #expect(all.error == "")
        #expect(all.out.contains("outbound/\(shop)/store/80 "))
        // With a lower threshold the proxy asks when its pod calls.
        try await cluster.cluster.kubectlOutput([
            "patch", "deployment", "osm-controller", "--namespace", home, "--type=json", "--patch",
            #"[{"op":"add","path":"/spec/template/spec/containers/0/args","value":["run","--lazy-above","0"]}]"#,
        ])
        let lazy = await compile()
        #expect(lazy.status == 0)
        #expect(lazy.error.hasPrefix("note: every client may call more than 0 service ports: "))
        #expect(!lazy.out.contains("outbound/\(shop)/store/80 "))
        #expect(await compile("--lazy-above", "never").out == all.out)
    }

    @Test("analyzes and compiles what is in the cluster")
    func analyze() async throws {
        let cluster = try await CommandCluster.shared()
        let (mesh, home) = try await cluster.makeMesh()
        let shop = try await cluster.cluster.createNamespace("shop")
        _ = await cluster.osm("namespace", "add", shop, "--mesh-name", mesh)
        try await cluster.apply(
            pod("front", in: shop) + """
                apiVersion: specs.smi-spec.io/v1alpha4
                kind: TCPRoute
                metadata: {name: idle, namespace: \(shop)}
                spec: {matches: {ports: [80]}}
                """)
        let options = ["--mesh-name", mesh, "--osm-namespace", home, "--kubeconfig", cluster.cluster.kubeconfigPath]
        let found = await Transcript.of(["analyze", "--fail-on", "warning"] + options)
        #expect(found.status == 1)
        #expect(
            found.out.contains(
                "warning: TCPRoute \(shop)/idle: no TrafficTarget names it: it does nothing [unused]\n"))
        let resources = await Transcript.of(["compile", "--proxy", "\(shop)/front", "--output", "table"] + options)
        #expect(resources.status == 0)
        #expect(resources.out.contains("outbound-listener"))
    }

    @Test("says which permission is missing")
    func powerless() async throws {
        let cluster = try await CommandCluster.shared()
        let kubeconfig = try await cluster.powerlessKubeconfig()
        let line = await Transcript.of(["analyze", "--kubeconfig", kubeconfig])
        #expect(line.status == 1)
        #expect(line.error.hasPrefix("Error: analyzing the mesh: "))
    }
}

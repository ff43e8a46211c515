import Foundation
import TestCluster
import Testing

@Suite("osm reports on a real API server")
struct ReportTranscriptTests {
    @Test("collects what can be had of namespaces, deployments and pods, and says what cannot")
    func bugReport() async throws {
        let cluster = try await CommandCluster.shared()
        let (mesh, home) = try await cluster.makeMesh()
        let shop = try await cluster.cluster.createNamespace("shop")
        _ = await cluster.osm("namespace", "add", shop, "--mesh-name", mesh)
        try await cluster.makePod("web", in: shop)
        let file = FileManager.default.temporaryDirectory.appending(path: "\(shop).tar").path
        func report(_ arguments: String...) async -> Transcript {
            await Transcript.of(
                ["support", "bug-report", "--osm-namespace", home, "-o", file, "--kubeconfig"]
                    + [cluster.cluster.kubeconfigPath] + arguments)
        }
        var line = await report("--app-namespaces", shop, "--app-pods", "\(shop)/web", "--ingress")
        #expect(line.status == 0)
        let out = line.out.split(separator: "\n")
        for what in [
            "✓ Collected information on meshed namespaces", "✓ Collected the control plane's settings",
            "✓ Collected the control plane's pods", "✓ Collected information from namespace \(shop)",
            // The log of a pod without a node is empty.
            "✓ Collected the sidecar's log of pod \(shop)/web",
            "✓ Collected ingress of namespace \(shop)", "✓ Bug report successfully saved to \(file)",
        ] { #expect(out.contains { $0 == what }, "\(line.out)") }
        #expect(line.error.contains("x Failed to collect the control plane's status: "))
        // The pod runs nowhere.
        for what in ["config_dump", "ready", "stats", "clusters", "listeners", "certs"] {
            #expect(line.error.contains("x Failed to collect \(what) of pod \(shop)/web: "), "\(line.error)")
        }
        let names = try await Self.output("/usr/bin/env", "tar", "--list", "--file", file)
        for part in [
            "namespaces/commands/osm_namespace_list",
            "namespaces/\(home)/commands/kubectl_get_meshconfigs_-n_\(home)_-o_json",
            "namespaces/\(home)/commands/kubectl_get_secrets_-n_\(home)_-o_name",
            "namespaces/\(shop)/commands/kubectl_get_pods_-l_osm-proxy-uuid_-n_\(shop)_-o_json",
            "namespaces/\(shop)/ingressbackends/commands/kubectl_get_ingressbackends_-n_\(shop)_-o_json",
        ] { #expect(names.contains(part), "\(names)") }
        // The file is replaced.
        line = await report("--app-deployments", "\(home)/osm-controller")
        #expect(line.status == 0)
        #expect(try await !Self.output("/usr/bin/env", "tar", "--list", "--file", file).contains(shop))
        line = await report("--app-deployments", "\(home)/none")
        #expect(line.status == 1)
        #expect(line.error == "Error: Could not find deployment none in namespace \(home)\n")
        try FileManager.default.removeItem(atPath: file)
        try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
        line = await report()
        #expect(line.status == 1)
        #expect(line.error.hasSuffix("Error: packing the bug report into \(file): it is a directory\nName a file.\n"))
        #expect(FileManager.default.fileExists(atPath: file))
        try FileManager.default.removeItem(atPath: file)
    }

    @Test("says of control planes that do not answer that their versions are Unknown")
    func version() async throws {
        let cluster = try await CommandCluster.shared()
        let (mesh, home) = try await cluster.makeMesh()
        let line = await cluster.osm("version")
        #expect(line.status == 1)
        let rows = line.out.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(rows.contains(["MESH", "NAME", "MESH", "NAMESPACE", "VERSION", "GIT", "COMMIT", "BUILD", "DATE"]))
        #expect(rows.contains([mesh, home, "Unknown", "Unknown", "Unknown"]))
        #expect(
            line.error == """
                Error: asking control planes for their versions: not all of them answer
                See `osm status`, and which step fails with --verbose.

                """)
    }

    @Test("opens no dashboard whose pod does not run")
    func dashboard() async throws {
        let cluster = try await CommandCluster.shared()
        let home = try await cluster.cluster.createNamespace("grafana")
        try await cluster.makePod("osm-grafana", in: home)
        try await cluster.apply(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: osm-grafana, namespace: \(home)}
            spec: {selector: {app: osm-grafana}, ports: [{port: 3000}]}
            """)
        let line = await cluster.osm("dashboard", "--osm-namespace", home)
        #expect(line.status == 1)
        #expect(line.out == "[+] Starting Dashboard forwarding\n")
        #expect(line.error == "Error: No running Grafana pod available\nSee `kubectl get pods -n \(home)`.\n")
    }

    @Test("shows more columns where it is asked for them")
    func wide() async throws {
        let cluster = try await CommandCluster.shared()
        let (mesh, home) = try await cluster.makeMesh()
        let shop = try await cluster.cluster.createNamespace("shop")
        _ = await cluster.osm("namespace", "add", shop, "--mesh-name", mesh)
        _ = await cluster.osm("metrics", "enable", "--namespace", shop)
        func rows(_ words: String...) async -> [[String]] {
            await Transcript.of(words + ["-o", "wide", "--kubeconfig", cluster.cluster.kubeconfigPath]).out
                .split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        }
        #expect(
            await rows("namespace", "list", mesh) == [
                ["NAMESPACE", "MESH", "SIDECAR-INJECTION", "METRICS", "PERMISSIVE"],
                [shop, mesh, "enabled", "enabled", "-"],
            ])
        let meshes = await rows("mesh", "list")
        #expect(meshes.contains([mesh, home, "v1.3.0", shop, "0/0"]))
    }

    private static func output(_ program: String, _ arguments: String...) async throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: bytes, as: UTF8.self)
    }
}

import Foundation
import TestCluster
import Testing

@Suite("osm on a real API server")
struct ClusterTranscriptTests {
    @Test("lists meshes with their namespaces, and Unknown for kinds that nobody tells")
    func meshList() async throws {
        let cluster = try await CommandCluster.shared()
        let (mesh, home) = try await cluster.makeMesh()
        let shop = try await cluster.cluster.createNamespace("shop")
        _ = await cluster.osm("namespace", "add", shop, "--mesh-name", mesh)
        let line = await cluster.osm("mesh", "list")
        #expect(line.status == 0)
        let rows = line.out.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(rows.contains(["MESH", "NAME", "MESH", "NAMESPACE", "VERSION", "ADDED", "NAMESPACES"]))
        #expect(rows.contains([mesh, home, "v1.3.0", shop]))
        #expect(rows.contains(["MESH", "NAME", "MESH", "NAMESPACE", "SMI", "SUPPORTED"]))
        #expect(rows.contains([mesh, home, "Unknown"]))
        #expect(line.out.hasSuffix("\tkubectl get pods -n <osm-mesh-namespace> -l app=osm-controller\n"))
        let json = await cluster.osm("mesh", "list", "--output", "json")
        struct Row: Decodable, Equatable {
            let name, namespace, version: String
            let namespaces, smi: [String]
        }
        let found = try JSONDecoder().decode([Row].self, from: Data(json.out.utf8))
        #expect(
            found.contains(Row(name: mesh, namespace: home, version: "v1.3.0", namespaces: [shop], smi: [])))
        let yaml = await cluster.osm("mesh", "list", "-o", "yaml")
        #expect(yaml.out.contains("- name: \(mesh)\n"))
    }

    @Test("switches metrics of namespaces and of their pods, and back")
    func metrics() async throws {
        let cluster = try await CommandCluster.shared()
        let (mesh, _) = try await cluster.makeMesh()
        let shop = try await cluster.cluster.createNamespace("shop")
        let outside = try await cluster.cluster.createNamespace("outside")
        _ = await cluster.osm("namespace", "add", shop, "--mesh-name", mesh)
        try await cluster.makePod("web", in: shop)
        try await cluster.makePod("bare", in: shop, isMeshed: false)
        func annotation(_ name: String, _ object: String...) async throws -> String {
            try await cluster.cluster.kubectlOutput(
                ["get"] + object + ["-n", shop, "-o", "jsonpath={.metadata.annotations.\(name)}"])
        }
        var line = await cluster.osm("metrics", "enable", "--namespace", "\(shop),\(shop)")
        #expect(
            line.out == String(repeating: "Metrics successfully enabled in namespace [\(shop)]\n", count: 2))
        #expect(try await annotation(#"openservicemesh\.io/metrics"#, "namespace", shop) == "enabled")
        #expect(try await annotation(#"prometheus\.io/port"#, "pod", "web") == "15010")
        #expect(try await annotation(#"prometheus\.io/path"#, "pod", "web") == "/stats/prometheus")
        #expect(try await annotation(#"prometheus\.io/port"#, "pod", "bare") == "")
        line = await cluster.osm("metrics", "disable", "--namespace", shop)
        #expect(line.out == "Metrics successfully disabled in namespace [\(shop)]\n")
        #expect(try await annotation(#"openservicemesh\.io/metrics"#, "namespace", shop) == "")
        #expect(try await annotation(#"prometheus\.io/port"#, "pod", "web") == "")
        line = await cluster.osm("metrics", "enable", "--namespace", outside)
        #expect(line.status == 1)
        #expect(
            line.error.hasPrefix(
                "Error: Namespace [\(outside)] does not belong to a mesh, missing annotation "
                    + "\"openservicemesh.io/monitored-by\"\n"))
        line = await cluster.osm("metrics", "enable")
        #expect(line.status == 2)
    }

    @Test("tells whether pods may speak, by permissive mode or by TrafficTargets")
    func checkPods() async throws {
        let cluster = try await CommandCluster.shared()
        let (mesh, home) = try await cluster.makeMesh()
        let (open, openHome) = try await cluster.makeMesh(permissive: true)
        let shop = try await cluster.cluster.createNamespace("shop")
        try await cluster.makePod("client", in: shop, account: "client")
        try await cluster.makePod("server", in: shop, account: "server")
        try await cluster.makePod("bare", in: shop, isMeshed: false)
        func check(_ from: String, _ to: String, _ home: String) async -> Transcript {
            await cluster.osm("policy", "check-pods", from, to, "--osm-namespace", home)
        }
        var line = await check("\(shop)/client", "\(shop)/server", openHome)
        #expect(line.status == 0)
        #expect(
            line.out == """
                [+] Permissive mode enabled for mesh operated by osm-controller running in '\(open)' namespace

                [+] Pod '\(shop)/client' is allowed to communicate to pod '\(shop)/server'

                """)
        line = await check("\(shop)/client", "\(shop)/server", home)
        #expect(line.status == 1)
        #expect(
            line.out == """
                [+] SMI traffic policy mode enabled for mesh operated by osm-controller running in '\(mesh)' namespace

                [+] Pod '\(shop)/client' is not allowed to communicate to pod '\(shop)/server', missing SMI TrafficTarget policy

                """)
        try await cluster.apply(
            """
            apiVersion: access.smi-spec.io/v1alpha3
            kind: TrafficTarget
            metadata: {name: allowed, namespace: \(shop)}
            spec:
              destination: {kind: ServiceAccount, name: server, namespace: \(shop)}
              sources: [{kind: ServiceAccount, name: client, namespace: \(shop)}]
              rules: [{kind: TCPRoute, name: any}]
            """)
        line = await check("\(shop)/client", "\(shop)/server", home)
        #expect(line.status == 0)
        #expect(
            line.out.hasSuffix(
                "[+] Pod '\(shop)/client' is allowed to communicate to pod '\(shop)/server' via the SMI TrafficTarget "
                    + "policy \"allowed\" in namespace \(shop)\n"))
        line = await check("\(shop)/server", "\(shop)/client", home)
        #expect(line.status == 1)
        line = await check("\(shop)/bare", "\(shop)/server", home)
        #expect(line.error.hasPrefix("Error: Pod bare in namespace \(shop) is not a part of a mesh\n"))
        line = await check("\(shop)/none", "\(shop)/server", home)
        #expect(line.error == "Error: Could not find pod none in namespace \(shop)\n")
        line = await check("a/b/c", "\(shop)/server", home)
        #expect(line.status == 2)
        #expect(line.error.hasPrefix("Error: Invalid argument specified for the source pod [a/b/c]"))
    }

    @Test("finds IngressBackends that name the same port")
    func checkConflicts() async throws {
        let cluster = try await CommandCluster.shared()
        let shop = try await cluster.cluster.createNamespace("shop")
        func backend(_ name: String, _ port: Int) -> String {
            """
            ---
            apiVersion: policy.openservicemesh.io/v1alpha1
            kind: IngressBackend
            metadata: {name: \(name), namespace: \(shop)}
            spec:
              backends: [{name: web, port: {number: \(port), protocol: http}}]
              sources: [{kind: IPRange, name: 10.0.0.0/8}]

            """
        }
        try await cluster.apply(backend("one", 80) + backend("two", 81))
        var line = await cluster.osm("policy", "check-conflicts", "IngressBackend", "-n", shop)
        #expect(line.out == "No conflicts among IngressBackend resources in namespace \(shop)\n")
        #expect(line.status == 0)
        try await cluster.apply(backend("three", 80))
        line = await cluster.osm("policy", "check-conflicts", "ingressbackend", "-n", shop)
        #expect(line.status == 1)
        #expect(
            line.out == """
                [+] IngressBackend \(shop)/one conflicts with \(shop)/three:
                Backend web specified in one and three conflicts (port 80)


                """)
        line = await cluster.osm("policy", "check-conflicts", "TrafficTarget", "-n", shop)
        #expect(line.status == 2)
        line = await cluster.osm("policy", "check-conflicts", "IngressBackend")
        #expect(line.status == 2)
        #expect(line.error.contains("Requires single namespace specified by '-n|--namespaces'"))
    }

    @Test("asks no pod that is missing, not in a mesh, or does not run")
    func proxyGet() async throws {
        let cluster = try await CommandCluster.shared()
        let shop = try await cluster.cluster.createNamespace("shop")
        try await cluster.makePod("web", in: shop)
        try await cluster.makePod("bare", in: shop, isMeshed: false)
        var line = await cluster.osm("proxy", "get", "config_dump", "none", "-n", shop)
        #expect(line.error == "Error: Could not find pod none in namespace \(shop)\n")
        line = await cluster.osm("proxy", "set", "reset_counters", "bare", "-n", shop)
        #expect(line.error.hasPrefix("Error: Pod bare in namespace \(shop) is not a part of a mesh\n"))
        line = await cluster.osm("proxy", "get", "config_dump", "web", "-n", shop)
        #expect(line.error.hasPrefix("Error: Pod web in namespace \(shop) is not running\n"))
        #expect(line.status == 1)
    }

    @Test("says that it may read pods and not forward their ports")
    func forwarding() async throws {
        let cluster = try await CommandCluster.shared()
        let shop = try await cluster.cluster.createNamespace("shop")
        try await cluster.makePod("web", in: shop)
        try await cluster.cluster.kubectlOutput([
            "patch", "pod", "web", "-n", shop, "--subresource=status", "--type=merge", "-p",
            #"{"status":{"phase":"Running"}}"#,
        ])
        let line = await Transcript.of([
            "proxy", "get", "stats", "web", "-n", shop, "--kubeconfig",
            try await cluster.powerlessKubeconfig(readingPodsOf: shop),
        ])
        #expect(line.status == 1)
        #expect(line.error.hasPrefix("Error: asking port 15000 of pod \(shop)/web: "))
        #expect(line.error.contains("cannot create resource \"pods/portforward\""), "\(line.error)")
        #expect(line.error.hasSuffix("\nAsk for the permission to create pods/portforward.\n"))
    }

    @Test("says that the node of a pod cannot be reached")
    func unreachable() async throws {
        let cluster = try await CommandCluster.shared()
        let shop = try await cluster.cluster.createNamespace("shop")
        try await cluster.makePod("web", in: shop)
        // A node that nobody runs, at an address that refuses.
        try await cluster.apply(
            """
            apiVersion: v1
            kind: Node
            metadata: {name: node-\(shop)}
            """)
        try await cluster.cluster.kubectlOutput([
            "patch", "node", "node-\(shop)", "--subresource=status", "--type=merge", "-p",
            #"{"status":{"addresses":[{"type":"InternalIP","address":"127.0.0.1"}],"daemonEndpoints":{"kubeletEndpoint":{"Port":1}}}}"#,
        ])
        try await cluster.apply(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: placed, namespace: \(shop), labels: {osm-proxy-uuid: 6c0bd3b2-c4b7-4d51-9d5c-2d8f8f0e8f5a}}
            spec: {nodeName: node-\(shop), containers: [{name: app, image: app}]}
            """)
        try await cluster.cluster.kubectlOutput([
            "patch", "pod", "placed", "-n", shop, "--subresource=status", "--type=merge", "-p",
            #"{"status":{"phase":"Running"}}"#,
        ])
        let line = await cluster.osm("proxy", "get", "stats", "placed", "-n", shop)
        #expect(line.status == 1)
        #expect(line.error.hasPrefix("Error: asking port 15000 of pod \(shop)/placed: "))
        #expect(line.error.contains("kubectl get pod placed -n \(shop)"))
    }

    @Test("names a control plane that is not there, or does not run")
    func status() async throws {
        let cluster = try await CommandCluster.shared()
        let (_, home) = try await cluster.makeMesh()
        var line = await cluster.osm("status", "--osm-namespace", "no-such-ns")
        #expect(line.status == 1)
        #expect(line.error.hasPrefix("Error: No osm mesh control plane found in namespace no-such-ns\n"))
        for command in [["status"], ["proxy", "status"]] {
            line = await Transcript.of(
                command + ["--osm-namespace", home, "--kubeconfig", cluster.cluster.kubeconfigPath])
            #expect(line.status == 1)
            #expect(
                line.error.hasPrefix(
                    "Error: asking the control plane in namespace \(home): none of its pods runs\n"))
        }
        line = await cluster.osm("verify", "control-plane-health", "--osm-namespace", home)
        #expect(line.status == 1)
        #expect(
            line.out == """
                ---------------------------------------------
                [+] Context: Verify the health of OSM control plane
                Status: Failure
                Reason: A verification step failed
                Suggestion: Please follow the suggestions listed in the failed steps below to resolve the issue

                [++] Context: Verify that the control plane runs in namespace "\(home)"
                Status: Failure
                Reason: There is no pod with the label app=osm-controller
                Suggestion: Install it with `osm install`, or name its namespace with --osm-namespace

                ---------------------------------------------

                """)
    }

    @Test("rotates no root that is not there, being rotated, or declined")
    func rotate() async throws {
        let cluster = try await CommandCluster.shared()
        let (_, home) = try await cluster.makeMesh()
        func root(_ name: String, _ role: String) -> String {
            """
            ---
            apiVersion: config.openservicemesh.io/v1alpha2
            kind: MeshRootCertificate
            metadata: {name: \(name), namespace: \(home)}
            spec:
              role: \(role)
              provider: {tresor: {ca: {secretRef: {name: \(name), namespace: \(home)}}}}

            """
        }
        func rotate(_ arguments: String..., answers: [String] = []) async -> Transcript {
            await Transcript.of(
                ["alpha", "certificate", "rotate", "--osm-namespace", home] + arguments
                    + ["--kubeconfig", cluster.cluster.kubeconfigPath], answers: answers)
        }
        try await cluster.apply(root("old", "active"))
        // The original goes on, whatever is answered.
        var line = await rotate(answers: ["n"])
        #expect(line.status == 1)
        #expect(line.error == "Error: the rotation was declined: nothing was changed\n")
        line = await rotate()
        #expect(line.status == 1)
        #expect(try await cluster.cluster.kubectlOutput(["get", "mrc", "-n", home, "-o", "name"]).contains("/old\n"))
        line = await rotate("-y", "-c", "none")
        #expect(line.error.hasPrefix("Error: unable to find MeshRootCertificate [none]"))
        line = await rotate("-y", "-c", "old")
        #expect(line.error == "Error: MRC provided must be in Inactive role\n")
        // Nobody puts it into effect: the step is not over in time.
        line = await rotate("-y", "-w", "1s")
        #expect(line.status == 1)
        #expect(line.out.hasPrefix("Found MeshRootCertificate [old] for mesh [osm] in namespace [\(home)]\n"))
        #expect(line.error.contains("is not in effect after"))
        line = await rotate("-y")
        #expect(line.error.hasPrefix("Error: it appears a rotation is in progress."))
        #expect(await rotate("-w", "soon").status == 2)
    }
}

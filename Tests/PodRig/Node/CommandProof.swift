import Foundation

/// The command `osm` against pods that really run.
struct CommandProof: NodeProof {
    let name = "command"
    let promise = "the osm command reaches pods through the API server, and tells of them what is"

    static let namespace = "command"

    func run(_ run: NodeRun) throws -> String {
        let osm = CommandLines(run)
        try start(run, osm)
        let pods = try Pods(run, Self.namespace)
        try controlPlane(osm)
        try overview(run, osm)
        try proxies(run, osm, pods)
        try analysis(run, osm, [("client", pods.client), ("server", pods.server)])
        try policies(run, osm, pods)
        try outside(run, osm, pods)
        try DashboardCheck(run: run, namespace: Self.namespace).check()
        try rotations(run, osm)
        try report(run, osm, pods)
        osm.expect(
            ["namespace", "remove", Self.namespace],
            "Namespace [\(Self.namespace)] successfully removed from mesh [osm]\n")
        try run.remove(Self.namespace)
        return "\(osm.count) command lines and a dashboard"
    }

    /// The names of the two pods.
    private struct Pods {
        let client: String
        let server: String

        init(_ run: NodeRun, _ namespace: String) throws {
            func name(_ app: String) throws -> String {
                try run.kubectl.check([
                    "get", "pods", "-n", namespace, "-l", "app=\(app)", "-o", "jsonpath={.items[0].metadata.name}",
                ])
            }
            client = try name("client")
            server = try name("server")
        }
    }

    private func start(_ run: NodeRun, _ osm: CommandLines) throws {
        let namespace = Self.namespace
        try run.apply(
            NodeManifests.namespace(namespace, isInMesh: false)
                + ["server", "client"].map { NodeManifests.serviceAccount($0, in: namespace) }.joined())
        osm.expect(
            ["namespace", "add", namespace], "Namespace [\(namespace)] successfully added to mesh [osm]\n")
        osm.expect(
            ["namespace", "add", namespace], "Namespace [\(namespace)] has already been added to mesh [osm]\n")
        let ready = "readinessProbe: {httpGet: {path: /health, port: 8080}, periodSeconds: 1}\n"
        try run.apply(
            NodeManifests.service("server", in: namespace)
                + NodeManifests.deployment(
                    "server", in: namespace, arguments: ["serve", "--http=8080", "--tcp=9000=echo", "--name=server"],
                    more: ready)
                + NodeManifests.service("raw", in: namespace, port: 9000, protocol: "tcp", selecting: "server")
                + NodeManifests.deployment(
                    "client", in: namespace,
                    arguments: ["load", "--url=http://server.\(namespace):8080/", "--rate=5", "--report-ms=1000"]))
        try run.cluster.awaitRollouts(in: namespace)
    }

    private func controlPlane(_ osm: CommandLines) throws {
        osm.expect(
            ["mesh", "list"],
            rows: [
                "MESH NAME MESH NAMESPACE VERSION ADDED NAMESPACES", "osm osm-system latest \(Self.namespace)",
                "MESH NAME MESH NAMESPACE SMI SUPPORTED",
                "osm osm-system HTTPRouteGroup:v1alpha4,TCPRoute:v1alpha4,TrafficSplit:v1alpha2,TrafficTarget:v1alpha3",
            ])
        osm.expect(
            ["version"],
            rows: [
                "CLI Version: version.Info{Version:\"development\", GitCommit:\"unknown\", BuildDate:\"unknown\"}",
                "MESH NAME MESH NAMESPACE VERSION GIT COMMIT BUILD DATE",
                "osm osm-system development unknown unknown",
            ])
        osm.expect(["verify", "control-plane-health"], rows: ["Status: Success"])
        osm.expect(["status"], rows: ["PROXIES CONNECTED SYNCED REJECTING", "2 2 2 0"], isAwaited: true)
        osm.expect(["status"], rows: ["MESH NAMESPACE VERSION REPLICAS LEADER"])
    }

    /// What `osm status` prints for programs.
    private struct Overview: Decodable {
        struct Proxies: Decodable, Equatable { let total, connected, synced, rejecting: Int }
        struct Certificate: Decodable {
            let kind: String
            let secondsLeft: Int
        }
        struct Unready: Decodable { let kind, namespace, name, reason, message: String }

        let mesh, namespace, version, leader: String
        let replicas, readyReplicas, objects: Int
        let proxies: Proxies
        let certificates: [Certificate]
        let notReady: [Unready]

        var isWell: Bool {
            mesh == "osm" && namespace == "osm-system" && version == "latest" && replicas == readyReplicas
                && leader.hasPrefix("osm-controller-")
                && proxies == Proxies(total: 2, connected: 2, synced: 2, rejecting: 0) && objects > 0
                && Set(certificates.map(\.kind)).isSuperset(of: ["root", "proxies"])
                && certificates.allSatisfy { $0.secondsLeft > 0 } && notReady.isEmpty
        }
    }

    /// The figures of `osm status`, and an object that is not Ready.
    private func overview(_ run: NodeRun, _ osm: CommandLines) throws {
        osm.expect(["status"], "a mesh that is well") { (status: Overview) in status.isWell }
        try run.apply(
            """
            apiVersion: access.smi-spec.io/v1alpha3
            kind: TrafficTarget
            metadata: {name: broken, namespace: \(Self.namespace)}
            spec:
              destination: {kind: ServiceAccount, name: server, namespace: \(Self.namespace)}
              sources: [{kind: ServiceAccount, name: client, namespace: \(Self.namespace)}]
              rules: [{kind: HTTPRouteGroup, name: none, matches: [any]}]

            """)
        osm.expect(["status"], "the TrafficTarget that is not Ready, and why") { (status: Overview) in
            status.notReady.contains {
                $0.kind == "TrafficTarget" && $0.namespace == Self.namespace && $0.name == "broken"
                    && $0.message.contains("none")
            }
        }
        osm.expect(["status"], rows: ["NOT READY NAMESPACE NAME REASON MESSAGE"])
        try run.kubectl.check(["delete", "traffictarget/broken", "-n", Self.namespace])
        osm.expect(["status"], "nothing that is not Ready") { (status: Overview) in status.notReady.isEmpty }
    }

    private func proxies(_ run: NodeRun, _ osm: CommandLines, _ pods: Pods) throws {
        let namespace = Self.namespace
        osm.expect(["proxy", "get", "ready", pods.client, "-n", namespace], "LIVE\n")
        osm.expect(
            ["proxy", "set", "logging?level=info", pods.client, "-n", namespace], rows: ["active loggers:"])
        osm.expect(
            ["proxy", "get", "no-such-thing", pods.client, "-n", namespace], status: 1,
            errors:
                "Error: Error retrieving proxy config for pod \(pods.client) in namespace \(namespace): Envoy answered 404"
        )
        // Nobody listens in a pod that only looks like one of the mesh.
        try run.apply(
            NodeManifests.pod("bare", in: "default", arguments: ["serve", "--http=8080", "--name=bare"]))
        try run.kubectl.check(["label", "pod", "bare", "osm-proxy-uuid=6c0bd3b2-c4b7-4d51-9d5c-2d8f8f0e8f5a"])
        try run.await(".status.phase", of: "pod/bare", in: "default", is: "Running")
        osm.expect(
            ["proxy", "get", "ready", "bare"], status: 1,
            errors: "Error: asking port 15000 of pod default/bare: port-forward default/bare:15000: ")
        try run.kubectl.check(["delete", "pod", "bare", "--wait=false"])
        // Large answers arrive whole: a file holds the same as what is printed, but for what changes with time.
        let file = "\(run.cluster.directory)/dump.json"
        osm.expect(["proxy", "get", "config_dump", pods.client, "-n", namespace, "-f", file], "")
        let dump = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: file))) as? [String: Any]
        run.expect("sections of the dump", true, (dump?["configs"] as? [Any])?.count ?? 0 > 4)
        osm.expect(
            ["proxy", "status"], rows: ["POD CONNECTED SINCE REVISION SYNCED REJECTED"])
        for pod in [pods.client, pods.server] {
            osm.expect(
                ["proxy", "status", pod, "-n", namespace], rows: ["Envoy has what it should have."], isAwaited: true)
        }
        osm.expect(
            ["metrics", "enable", "--namespace", namespace], "Metrics successfully enabled in namespace [command]\n")
        run.expect(
            "the annotation for Prometheus", "15010",
            try run.value(#".metadata.annotations.prometheus\.io/port"#, of: "pod/\(pods.server)", in: namespace))
    }

    private func policies(_ run: NodeRun, _ osm: CommandLines, _ pods: Pods) throws {
        let namespace = Self.namespace
        let ends = ["--from-pod", "\(namespace)/\(pods.client)", "--to-pod", "\(namespace)/\(pods.server)"]
        let check = ["policy", "check-pods", "\(namespace)/\(pods.client)", "\(namespace)/\(pods.server)"]
        osm.expect(["verify", "connectivity"] + ends, rows: ["Status: Success"])
        let raw = ["verify", "connectivity", "--to-service", "raw"] + ends
        osm.expect(raw + ["--app-protocol", "tcp"], rows: ["Status: Success"])
        osm.expect(
            raw, status: 1,
            rows: ["Reason: Service \"\(namespace)/raw\" has no HTTP port that the pod listens to"])
        osm.expect(
            check,
            rows: ["[+] Permissive mode enabled for mesh operated by osm-controller running in 'osm-system' namespace"])
        try run.cluster.patch(
            "meshconfig", "osm-mesh-config", in: "osm-system",
            #"{"spec":{"traffic":{"enablePermissiveTrafficPolicyMode":false}}}"#)
        osm.expect(check, status: 1, rows: [])
        osm.expect(
            Self.explanation + ["--expect", "denied"], rows: ["DENIED command/client -> command/server:8080 (HTTP)"])
        osm.expect(
            ["verify", "connectivity", "--to-service", "server"] + ends, status: 1,
            rows: ["Reason: Did not find Cluster \"command/server|8080\""], isAwaited: true)
        try run.cluster.patch(
            "meshconfig", "osm-mesh-config", in: "osm-system",
            #"{"spec":{"traffic":{"enablePermissiveTrafficPolicyMode":true}}}"#)
        osm.expect(["verify", "connectivity"] + ends, rows: ["Status: Success"], isAwaited: true)
    }

    /// Clients from outside of the mesh, and calls to there.
    private func outside(_ run: NodeRun, _ osm: CommandLines, _ pods: Pods) throws {
        let namespace = Self.namespace
        try run.apply(
            """
            apiVersion: policy.openservicemesh.io/v1alpha1
            kind: IngressBackend
            metadata: {name: gateway, namespace: \(namespace)}
            spec:
              backends: [{name: server, port: {number: 8080, protocol: http}}]
              sources: [{kind: Service, name: kubernetes, namespace: default}]

            """)
        let ingress = [
            "verify", "ingress", "--from-service", "default/kubernetes", "--to-pod", "\(namespace)/\(pods.server)",
            "--to-service", "server", "--ingress-backend", "gateway",
        ]
        osm.expect(ingress + ["--to-port", "8080"], rows: ["Status: Success"], isAwaited: true)
        osm.expect(
            ingress + ["--to-port", "8081"], status: 1,
            rows: [
                "Reason: No backend of IngressBackend \"\(namespace)/gateway\" is service \"server\" with port 8081"
            ])
        osm.expect(
            ["verify", "connectivity", "--from-pod", "\(namespace)/\(pods.client)", "--to-ext-port", "80"],
            rows: ["Status: Success"])
        osm.expect(
            ["policy", "check-conflicts", "IngressBackend", "-n", namespace],
            "No conflicts among IngressBackend resources in namespace \(namespace)\n")
    }

    /// From the root of the Secret, and from that of an object.
    private func rotations(_ run: NodeRun, _ osm: CommandLines) throws {
        let rotate = ["alpha", "certificate", "rotate", "--accept", "--wait", "3m"]
        osm.expect(rotate, rows: ["OSM successfully rotated root certificate for mesh [osm] in namespace [osm-system]"])
        osm.expect(
            rotate + ["--delete"],
            rows: ["OSM successfully rotated root certificate for mesh [osm] in namespace [osm-system]"])
        let roots = try run.kubectl.check(["get", "mrc", "-n", "osm-system", "-o", "name"]).split(separator: "\n")
        run.expect("MeshRootCertificates after two rotations", 1, roots.count)
        osm.expect(["status"], rows: ["2 2 2 0"], isAwaited: true)
    }

    private func report(_ run: NodeRun, _ osm: CommandLines, _ pods: Pods) throws {
        let file = "\(run.cluster.directory)/report.tgz"
        let namespace = Self.namespace
        osm.expect(
            [
                "support", "bug-report", "--app-namespaces", namespace, "--app-pods", "\(namespace)/\(pods.server)",
                "--out-file", file,
            ],
            rows: [
                "✓ Bug report successfully saved to \(file)",
                "✓ Collected config_dump of pod \(namespace)/\(pods.server)",
            ])
        let names = try Command(["tar", "--list", "--file", file]).check()
        for part in [
            "namespaces/\(namespace)/commands/kubectl_get_events_-n_\(namespace)_-o_json",
            "namespaces/\(namespace)/pods/\(pods.server)/commands/kubectl_logs_\(pods.server)_-n_\(namespace)_-c_envoy",
            "namespaces/\(namespace)/pods/\(pods.server)/commands/osm_proxy_get_config_dump_",
            "namespaces/osm-system/commands/osm_status_-o_json",
        ] where !names.contains(part) { run.object("the report lacks \(part)") }
        let content = try Command(["tar", "--extract", "--to-stdout", "--file", file]).check()
        run.expect("private keys in the report", false, content.contains("PRIVATE KEY"))
        run.expect("names of Secrets in the report", true, content.contains("osm-control-plane-ca"))
    }
}

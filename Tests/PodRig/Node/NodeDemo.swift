import Foundation

/// The bookstore in a cluster: applied by kubectl, its pods given sidecars by the webhook, and really run.
final class NodeDemo {
    private let cluster: NodeCluster
    private let root: String
    let table = NodeTable()

    init(_ cluster: NodeCluster, root: String) {
        self.cluster = cluster
        self.root = root
    }

    func walk() throws {
        try startMesh()
        try startBookstore()
        try permissive()
        try policies()
        try split()
        try restart()
        try outsiders()
        try look()
        try removeMesh()
    }

    /// As the original's guide to its first steps has it.
    private static let installation = [
        "install", "--mesh-name", "osm", "--osm-namespace", "osm-system",
        "--set=osm.enablePermissiveTrafficPolicy=true", "--set=osm.deployPrometheus=true",
        "--set=osm.deployGrafana=true", "--set=osm.deployJaeger=true",
    ]

    private func startMesh() throws {
        table.begin("1. A cluster, and the mesh in it: osm install")
        try cluster.start()
        Output.say("  Kubernetes \(cluster.version), one node")
        let told = try cluster.osm(Self.installation)
        table.row(
            "osm", "install", "OSM installed successfully in namespace [osm-system] with mesh name [osm]",
            told.split(separator: "\n").first.map(String.init) ?? "")
        try cluster.show(["get", "deployments,services", "--namespace", "osm-system"])
        try cluster.show(["get", "mutatingwebhookconfigurations,validatingwebhookconfigurations"])
        let replicas = try cluster.kubectl.check(
            ["get", "deployment", "osm-controller", "-n", "osm-system", "-o", "jsonpath={.status.readyReplicas}"])
        table.row("osm-controller", "replicas ready", "2", replicas)
    }

    private static let deployments = [
        "bookbuyer/bookbuyer", "bookthief/bookthief", "bookstore/bookstore-v1", "bookstore/bookstore-v2",
        "bookwarehouse/bookwarehouse",
    ]
    private static let namespaces = ["bookbuyer", "bookthief", "bookstore", "bookwarehouse"]

    private func startBookstore() throws {
        table.begin("2. The bookstore: osm namespace add, kubectl apply -k config/samples")
        for namespace in Self.namespaces { try cluster.kubectl.check(["create", "namespace", namespace]) }
        let told = try cluster.osm(["namespace", "add"] + Self.namespaces)
        let added = Self.namespaces.filter { told.contains("Namespace [\($0)] successfully added to mesh [osm]\n") }
        table.row("osm", "namespaces added", "\(Self.namespaces.count)", "\(added.count)")
        try cluster.kubectl.check(["apply", "--kustomize", "\(root)/config/samples"])
        for namespace in Self.namespaces { try cluster.awaitRollouts(in: namespace) }
        let columns =
            "NAME:.metadata.name,READY:.status.containerStatuses[*].ready,CONTAINERS:.spec.containers[*].name,INIT:.spec.initContainers[*].name,IP:.status.podIP"
        try cluster.show(["get", "pods", "--namespace", "bookstore", "--output", "custom-columns=\(columns)"])
        for namespace in Self.namespaces {
            let path = "jsonpath={range .items[*]}{.spec.containers[*].name}{\"\\n\"}{end}"
            let names = try cluster.kubectl.check(["get", "pods", "-n", namespace, "-o", path]).split(separator: "\n")
            let injected = names.filter { $0.contains("envoy") }.count
            table.row(
                namespace, "pods with a sidecar", "\(names.count) of \(names.count)", "\(injected) of \(names.count)")
        }
    }

    private func permissive() throws {
        table.begin("3. Permissive mode: everybody may call everybody")
        try expectAnswers("bookbuyer/bookbuyer", "200", from: ["bookstore-v1", "bookstore-v2"])
        try expectAnswers("bookthief/bookthief", "200")
    }

    private func policies() throws {
        table.begin("4. Policies: permissive mode off")
        try cluster.patch(
            "meshconfig", "osm-mesh-config", in: "osm-system",
            #"{"spec":{"traffic":{"enablePermissiveTrafficPolicyMode":false,"enableEgress":false}}}"#)
        try expectAnswers("bookbuyer/bookbuyer", "200")
        try expectRefusal("bookthief/bookthief")
        try cluster.kubectl.check(["apply", "--filename", "-"], input: Self.thiefTargets)
        try cluster.kubectl.check(
            [
                "wait", "traffictarget/bookthief-to-bookstore-v1", "traffictarget/bookthief-to-bookstore-v2", "-n",
                "bookstore", "--for=condition=Ready", "--timeout=60s",
            ])
        try expectAnswers("bookthief/bookthief", "200")
        try cluster.kubectl.check(["delete", "--filename", "-"], input: Self.thiefTargets)
        try Waiting.until("the thief to be refused") { () -> Void? in
            try cluster.awaitLoad(of: "bookthief/bookthief", requests: 2).ok == 0 ? () : nil
        }
        try expectRefusal("bookthief/bookthief")
    }

    /// Both versions may be called, since the split sends some requests to either.
    private static let thiefTargets = ["v1", "v2"].map { version in
        """
        ---
        apiVersion: access.smi-spec.io/v1alpha3
        kind: TrafficTarget
        metadata:
          name: bookthief-to-bookstore-\(version)
          namespace: bookstore
        spec:
          destination: {kind: ServiceAccount, name: bookstore-\(version), namespace: bookstore}
          sources:
            - {kind: ServiceAccount, name: bookthief, namespace: bookthief}
          rules:
            - {kind: HTTPRouteGroup, name: bookstore-routes}

        """
    }.joined()

    private func split() throws {
        table.begin("5. A canary: all requests to v2")
        try cluster.patch(
            "trafficsplit", "bookstore-split", in: "bookstore",
            #"{"spec":{"backends":[{"service":"bookstore-v1","weight":0},{"service":"bookstore-v2","weight":100}]}}"#)
        try expectAnswers("bookbuyer/bookbuyer", "200", from: ["bookstore-v2"], only: true)
    }

    private func restart() throws {
        table.begin("6. A rolling restart under traffic: kubectl rollout restart")
        let begin = Date().timeIntervalSince1970
        for deployment in Self.deployments
        where !deployment.hasPrefix("bookbuyer") && !deployment.hasPrefix("bookthief") {
            let parts = deployment.split(separator: "/").map(String.init)
            try cluster.kubectl.check(["rollout", "restart", "deployment/\(parts[1])", "-n", parts[0]])
            try cluster.awaitRollouts(in: parts[0])
        }
        // The pods that are replaced end after the new ones are ready.
        let report = try Waiting.until("reports of the time after the restart", within: .seconds(60)) {
            let report = try cluster.load(of: "bookbuyer/bookbuyer", since: begin)
            return report.done >= 20 ? report : nil
        }
        table.row(
            "bookbuyer", "requests that failed meanwhile", "0",
            "\(report.failed)\(report.failed > 0 ? ": \(report.failures)" : "") of \(report.done)",
            isAsExpected: report.failed == 0 && report.done > 0)
    }

    private func outsiders() throws {
        table.begin("7. A pod outside the mesh")
        try cluster.kubectl.check(["apply", "--filename", "-"], input: Self.outsider)
        try cluster.kubectl.check(["wait", "pod/outsider", "--for=condition=Ready", "--timeout=60s"])
        let report = try cluster.awaitLoad(of: "default/outsider", requests: 4)
        table.row("outsider", "requests answered with 200", "0", "\(report.ok)")
    }

    private static let outsider = """
        apiVersion: v1
        kind: Pod
        metadata:
          name: outsider
          namespace: default
          labels: {app: outsider}
        spec:
          containers:
            - name: app
              image: osm-pod-app:latest
              args: [load, --url=http://bookstore-v1.bookstore:14001/buy-a-book, --rate=2, --report-ms=1000]

        """

    /// Pods keep their sidecars; of the mesh itself nothing is left.
    private func removeMesh() throws {
        table.begin("8. The mesh goes: osm uninstall mesh")
        let told = try cluster.osm(
            ["uninstall", "mesh", "--force", "--delete-cluster-wide-resources", "--delete-namespace"])
        table.row(
            "osm", "uninstall mesh", "uninstalled",
            told.contains("OSM [mesh name: osm] in namespace [osm-system] uninstalled\n") ? "uninstalled" : told)
        try cluster.kubectl.check(["wait", "namespace/osm-system", "--for=delete", "--timeout=120s"])
        for (what, words) in [
            ("kinds of the mesh", ["crds"]),
            ("webhooks", ["mutatingwebhookconfigurations,validatingwebhookconfigurations"]),
            ("roles", ["clusterroles,clusterrolebindings", "-l", "app.kubernetes.io/name=openservicemesh.io"]),
            ("objects in namespaces", ["configmaps,secrets", "-A", "-l", "app.kubernetes.io/name=openservicemesh.io"]),
            ("labelled namespaces", ["namespaces", "-l", "openservicemesh.io/monitored-by"]),
        ] {
            let left = try cluster.kubectl.check(["get"] + words + ["--output", "name"]).split(separator: "\n")
            table.row("cluster", "\(what) that are left", "0", "\(left.count)")
        }
    }

    private func look() throws {
        for kind in ["meshconfigs", "traffictargets", "httproutegroups", "trafficsplits"] {
            try cluster.show(["get", kind, "--all-namespaces"])
        }
        try cluster.show(["get", "pods", "--all-namespaces"])
    }

    private func expectAnswers(
        _ client: String, _ status: String, from apps: Set<String> = [], only: Bool = false
    ) throws {
        let report = try cluster.awaitLoad(of: client, requests: 4)
        let seen = report.apps.keys.sorted().joined(separator: ", ")
        let isGood =
            report.done == report.status[status] ?? 0
            && (only ? Set(report.apps.keys) == apps : apps.isSuperset(of: report.apps.keys) || apps.isEmpty)
        let failures = report.failures.isEmpty ? "" : " (\(report.failures))"
        table.row(
            String(client.split(separator: "/")[1]), "http://bookstore.bookstore:14001/buy-a-book",
            "\(status)\(only ? " from \(apps.sorted().joined(separator: ", "))" : "")",
            "\(report.status[status] ?? 0) of \(report.done) from \(seen)\(failures)", isAsExpected: isGood)
    }

    private func expectRefusal(_ client: String) throws {
        let report = try cluster.awaitLoad(of: client, requests: 2)
        table.row(
            String(client.split(separator: "/")[1]), "http://bookstore.bookstore:14001/buy-a-book", "refused",
            report.ok == 0 ? "\(report.failed) of \(report.done) refused (\(report.failures))" : "\(report.ok) passed",
            isAsExpected: report.ok == 0 && report.done > 0)
    }
}

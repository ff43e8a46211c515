import Foundation
import TestCluster
import Testing

/// Clusters that are not as this mesh made them: without its kinds, with kinds of others that check nothing, with few rights.
@Suite("osm about the policies of other clusters")
struct AnalysisForeignClusterTests {
    private static let still = TestCluster.Options(hasControllerManager: false)
    private static let questions = [
        ["analyze"], ["policy", "explain", "--from", "shop/front", "--to", "shop/store"],
        ["compile", "--proxy", "shop/front"],
    ]

    /// A kind whose definition checks nothing.
    private static func definition(_ kind: String, _ plural: String, _ group: String, _ version: String) -> String {
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: \(plural).\(group)}
        spec:
          group: \(group)
          scope: Namespaced
          names: {kind: \(kind), plural: \(plural), singular: \(kind.lowercased())}
          versions:
          - name: \(version)
            served: true
            storage: true
            schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
        ---

        """
    }

    private static let objects = """
        {apiVersion: v1, kind: Namespace, metadata: {name: osm-system}}
        ---
        apiVersion: v1
        kind: Namespace
        metadata: {name: shop, labels: {openservicemesh.io/monitored-by: osm}}
        ---
        apiVersion: access.smi-spec.io/v1alpha3
        kind: TrafficTarget
        metadata: {name: broken, namespace: shop}
        spec:
          destination: {kind: ServiceAccount, name: store, namespace: shop}
          sources: front
        ---
        apiVersion: access.smi-spec.io/v1alpha3
        kind: TrafficTarget
        metadata: {name: whole, namespace: shop}
        spec:
          destination: {kind: ServiceAccount, name: store, namespace: shop}
          sources: [{kind: ServiceAccount, name: front, namespace: shop}]
          rules: [{kind: TCPRoute, name: missing}]

        """

    @Test("a cluster that knows no meshes is told from one with kinds of others, whose malformed objects are named")
    func foreign() async throws {
        try await TestCluster.withOwn(Self.still) { cluster in
            func osm(_ words: [String]) async -> Transcript {
                await Transcript.of(words + ["--kubeconfig", cluster.kubeconfigPath])
            }
            for words in Self.questions {
                let line = await osm(words)
                #expect(line.status == 1)
                #expect(line.out == "")
                #expect(
                    line.error == """
                        Error: reading the mesh of \(cluster.server): the cluster serves no MeshConfig \
                        (config.openservicemesh.io): there can be no mesh in it
                        Install one with `osm install`, name another cluster with --context, or give manifests with -f.

                        """, "\(words)")
            }
            try await cluster.kubectlOutput(
                ["apply", "-f", "-"],
                input: Self.definition("MeshConfig", "meshconfigs", "config.openservicemesh.io", "v1alpha1")
                    + Self.definition("TrafficTarget", "traffictargets", "access.smi-spec.io", "v1alpha3"))
            try await cluster.kubectlOutput(["wait", "--for=condition=Established", "crd", "--all", "--timeout=240s"])
            try await cluster.kubectlOutput(["apply", "-f", "-"], input: Self.objects)
            let line = await osm(["analyze"])
            #expect(line.status == 1)
            #expect(
                line.error.contains("note: the cluster serves no HTTPRouteGroup (specs.smi-spec.io v1alpha4), "))
            #expect(
                line.error.contains("note: there is no MeshConfig osm-system/osm-mesh-config: nothing is permissive"))
            #expect(!line.error.contains("no namespace is in the mesh"))
            for (place, rule) in [("broken: spec.sources", "invalid"), ("whole: spec.rules[0].name", "unresolved")] {
                let isTold = line.out.split(separator: "\n").contains {
                    $0.hasPrefix("error: TrafficTarget shop/\(place): ") && $0.hasSuffix("[\(rule)]")
                }
                #expect(isTold, "\(line.out)")
            }
            let other = await osm(["analyze", "--mesh-name", "other"])
            #expect(
                other.error.contains(
                    "note: no namespace is in the mesh other, but in osm: add one with `osm namespace add`, or name "
                        + "the mesh with --mesh-name\n"))
        }
    }

    @Test("one right that is missing is named, and what to do, for each kind that is read")
    func rights() async throws {
        let cluster = try await CommandCluster.shared()
        let (_, home) = try await cluster.makeMesh()
        let kubeconfig = try await cluster.powerlessKubeconfig()
        let account = URL(filePath: kubeconfig).deletingPathExtension().lastPathComponent
        // Everything but the last two may be read.
        try await cluster.apply(
            """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: \(account)}
            rules:
            - {apiGroups: [""], resources: [namespaces, services, serviceaccounts, pods], verbs: [list]}
            - {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list]}
            - apiGroups: [config.openservicemesh.io, specs.smi-spec.io, split.smi-spec.io]
              resources: ["*"]
              verbs: [list]
            - apiGroups: [policy.openservicemesh.io]
              resources: [ingressbackends, retries, upstreamtrafficsettings, telemetries]
              verbs: [list]
            - {apiGroups: [access.smi-spec.io], resources: [traffictargets], verbs: [list]}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: \(account)}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: \(account)}
            subjects: [{kind: ServiceAccount, name: default, namespace: \(account)}]
            """)
        for words in Self.questions {
            let line = await Transcript.of(words + ["--kubeconfig", kubeconfig, "--osm-namespace", home])
            #expect(line.status == 1)
            #expect(line.out == "")
            #expect(line.error.contains("egresses"), "\(line.error)")
            #expect(line.error.contains("forbidden"))
            #expect(line.error.contains("Ask for the permission"))
        }
        // With the last one nothing is missing: who may not read Deployments names the mesh by an option.
        try await cluster.cluster.kubectlOutput([
            "patch", "clusterrole", account, "--type=json", "--patch",
            #"[{"op":"add","path":"/rules/-","value":{"apiGroups":["policy.openservicemesh.io"],"#
                + #""resources":["egresses"],"verbs":["list"]}}]"#,
        ])
        let words = ["analyze", "--show", "error", "--kubeconfig", kubeconfig, "--osm-namespace", home]
        var line = await Transcript.of(words)
        // The API server hears of new rights a moment later.
        for _ in 0..<50 where line.error.contains("forbidden") {
            try await Task.sleep(for: .milliseconds(100))
            line = await Transcript.of(words)
        }
        #expect(!line.error.contains("Error: "), "\(line.error)")
        #expect(line.out.contains(" objects: "))
    }
}

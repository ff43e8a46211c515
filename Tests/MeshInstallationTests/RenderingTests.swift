import MeshModel
import Testing

@testable import MeshInstallation

@Suite("The objects of an installation")
struct RenderingTests {
    private static func objects(
        _ expressions: [String] = [], mesh: String? = nil, namespace: String = "osm-system"
    ) throws -> [InstallationObject] {
        try Installation(try InstallationValues(expressions), meshName: mesh, namespace: namespace).objects()
    }

    private static func content(
        _ kind: String, _ name: String, in objects: [InstallationObject]
    ) throws -> JSONContent {
        try #require(objects.first { $0.kind == kind && $0.reference.name.name == name }).content
    }

    /// Without these a setting has nothing to act on.
    private static func needed(by key: ValueKey) -> [String] {
        let needs = [
            "osm.prometheus": ["osm.deployPrometheus=true"], "osm.grafana": ["osm.deployGrafana=true"],
            "osm.tracing": ["osm.deployJaeger=true"],
            "osm.osmController.autoScale.m": ["osm.osmController.autoScale.enable=true"],
            "osm.osmController.autoScale.cpu": ["osm.osmController.autoScale.enable=true"],
            "osm.osmController.autoScale.maxReplicas": ["osm.osmController.autoScale.minReplicas=1"],
            "osm.certmanager": ["osm.certificateProvider.kind=cert-manager"],
            "osm.vault": [
                "osm.certificateProvider.kind=vault,osm.vault.host=vault",
                "osm.vault.secret.name=token,osm.vault.secret.key=key",
            ],
            "osm.certificateProvider.kind": [
                "osm.vault.host=vault,osm.vault.secret.name=token,osm.vault.secret.key=key"
            ],
        ]
        return needs.filter { key.path.hasPrefix($0.key) }.flatMap(\.value)
    }

    @Test("change with each value that is taken, and not with its initial one", arguments: ValueKey.all)
    func effect(of key: ValueKey) throws {
        guard key.isTaken else { return }
        let needed = Self.needed(by: key)
        var plain = try Self.objects(needed)
        if key.path == "osm.osmNamespace" { plain = try Self.objects(needed, namespace: "other") }
        let namespace = key.path == "osm.osmNamespace" ? "other" : "osm-system"
        let changed = try Self.objects(needed + [key.sample], namespace: namespace)
        // Three say only what is so, or has to be so, beside.
        let isSilent = ["osm.osmNamespace", "osm.enableReconciler", "osm.featureFlags.enableSPIFFE"].contains(key.path)
        #expect((changed != plain) != isSilent, "\(key.sample)")

        guard ![.object, .list].contains(key.kind), !needed.contains(where: { $0.contains("\(key.path)=") }) else {
            return
        }
        // Lists of the MeshConfig and its flags stand in the manifest as they are initially.
        let initial = ValueKey.list(key.initial) ?? key.initial.written
        let same = try Self.objects(needed + ["\(key.path)=\(initial)"], namespace: namespace)
        let differing = zip(same, plain).filter { $0 != $1 }.map { $0.0.reference.description }
        #expect(differing == Self.initiallyUnsaid(key), "\(key.path)=\(initial)")
    }

    /// What a MeshConfig does not say where nothing is given.
    private static func initiallyUnsaid(_ key: ValueKey) -> [String] {
        let unsaid = [
            "osm.tracing.address", "osm.tracing.port", "osm.tracing.endpoint", "osm.featureFlags.enableEgressPolicy",
        ]
        return unsaid.contains(key.path) ? ["MeshConfig osm-system/osm-mesh-config"] : []
    }

    @Test("are in another namespace and of another mesh wherever these are named")
    func names() throws {
        let objects = try Self.objects(
            ["osm.deployPrometheus=true,osm.deployGrafana=true,osm.deployJaeger=true"], mesh: "shop",
            namespace: "mesh-system")
        #expect(objects.count > 20)
        for object in objects {
            #expect(object.content["metadata", "labels", "app.kubernetes.io/instance"] ?? "shop" == "shop")
            #expect(["mesh-system", ""].contains(object.reference.name.namespace))
            #expect(!"\(object.content)".contains("osm-system"), "\(object.reference)")
        }
        let role = try Self.content("ClusterRole", "osm-controller-shop", in: objects)
        let names = try #require(role["rules"]).elements.flatMap { $0["resourceNames"]?.elements ?? [] }
        #expect(
            names == [
                "osm-ca-bundle", "osm-webhook-shop", "osm-validator-mesh-shop", "osm-controller-shop",
            ])
        let binding = try Self.content("ClusterRoleBinding", "osm-controller-shop", in: objects)
        #expect(binding["roleRef", "name"] == "osm-controller-shop")
        let deployment = try Self.content("Deployment", "osm-controller", in: objects)
        #expect(deployment["metadata", "labels", "meshName"] == "shop")
        let words = try #require(deployment["spec", "template", "spec", "containers", "0", "args"]).elements
        #expect(words.suffix(2) == ["--mesh-name=shop", "--cluster-role=osm-controller-shop"])
        #expect(try Self.content("Namespace", "mesh-system", in: objects)["kind"] == "Namespace")
    }

    @Test("name images by registry and tag, or by digest")
    func images() throws {
        let digest = "sha256:\(String(repeating: "ab", count: 32))"
        let objects = try Self.objects([
            "osm.image.registry=registry.example.com/mesh,osm.image.tag=1.0",
            "osm.image.digest.osmSidecarInit=\(digest),osm.sidecarImage=envoy:x",
        ])
        let deployment = try Self.content("Deployment", "osm-controller", in: objects)
        let container = try #require(deployment["spec", "template", "spec", "containers", "0"])
        #expect(container["image"] == "registry.example.com/mesh/osm-controller:1.0")
        let images = try #require(container["env"]).elements.filter {
            $0["name"]?.text?.hasPrefix("OSM_DEFAULT_") ?? false
        }.map { $0["value"] }
        #expect(
            images == [
                "envoy:x", .string("registry.example.com/mesh/osm-init@\(digest)"),
                "registry.example.com/mesh/osm-healthcheck:1.0",
            ])
        // The image by its digest alone would not say of which version the mesh is.
        let label = ["metadata", "labels", "app.kubernetes.io/version"]
        #expect(deployment[label] == nil)
        let fixed = try Self.objects(["osm.image.tag=1.0,osm.image.digest.osmController=\(digest)"])
        let released = try Self.content("Deployment", "osm-controller", in: fixed)
        #expect(released[label] == "1.0")
        #expect(
            released["spec", "template", "spec", "containers", "0", "image"]
                == .string("osm-controller@\(digest)"))
    }

    @Test("hold the token of a Vault in a Secret, and in nothing else")
    func vault() throws {
        let objects = try Self.objects([
            "osm.certificateProvider.kind=vault,osm.vault.host=vault.example.com,osm.vault.token=s.secret"
        ])
        let holding = objects.filter { "\($0.content)".contains("s.secret") }.map(\.reference.description)
        #expect(holding == ["Secret osm-system/osm-vault-token"])
        let root = try Self.content("MeshRootCertificate", "osm-mesh-root-certificate", in: objects)
        #expect(root["spec", "provider", "vault", "token", "secretKeyRef", "name"] == "osm-vault-token")
        #expect(objects.filter(\.isPreset).map(\.kind) == ["MeshConfig", "MeshRootCertificate"])
    }

    @Test(
        "are refused where settings do not go together",
        arguments: [
            ("osm.certificateProvider.kind=vault", "set osm.vault.host as well"),
            ("osm.certificateProvider.kind=vault,osm.vault.host=v", "or osm.vault.token"),
            ("osm.certificateProvider.kind=vault,osm.vault.host=v,osm.vault.secret.name=s", "osm.vault.secret.key"),
            ("osm.osmController.autoScale.minReplicas=9", "more than maxReplicas, 5"),
            ("osm.osmNamespace=elsewhere", "write --osm-namespace elsewhere"),
            ("osm.meshName=Shop", "`Shop` is no name for the mesh"),
        ])
    func contradictions(expression: String, reason: String) throws {
        let error = #expect(throws: InstallationError.self) { try Self.objects([expression]) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test("are not those of Kubernetes' own namespaces", arguments: ["kube-system", "", "-a", "Mesh"])
    func namespaces(name: String) {
        #expect(throws: InstallationError.self) { try Self.objects(namespace: name) }
    }

    @Test("keep the replicas that there are where an autoscaler says how many")
    func replicas() throws {
        let stored: JSONContent = ["spec": ["replicas": 4]]
        let cases: [([String], Int64)] = [([], 2), (["osm.osmController.autoScale.enable=true"], 4)]
        for (expressions, expected) in cases {
            let objects = try Self.objects(expressions)
            let deployment = try #require(objects.last)
            #expect(deployment.content(beside: stored)["spec", "replicas"] == .integer(expected))
        }
        let service = try #require(try Self.objects().first { $0.kind == "Service" })
        #expect(service.content(beside: stored) == service.content)
    }

    @Test("come in an order in which each has what it needs")
    func order() throws {
        let kinds = try Self.objects(["osm.osmController.enablePodDisruptionBudget=true"]).map(\.kind)
        #expect(kinds.first == "Namespace" && kinds.last == "Deployment")
        let account = try #require(kinds.firstIndex(of: "ServiceAccount"))
        let config = try #require(kinds.firstIndex(of: "MeshConfig"))
        #expect(account < config)
    }
}

extension ValueKey {
    /// A list as `--set` takes it; `nil` for anything else.
    static func list(_ value: JSONContent) -> String? {
        guard case .array(let elements) = value else { return nil }
        return "{\(elements.map(\.written).joined(separator: ","))}"
    }
}

import MeshModel
import PolicyCompiler
import Testing

@testable import ControlLoop

@Suite("What the directory of workloads tells webhooks and writers", .timeLimit(.minutes(5)))
struct WorkloadDirectoryTests {
    private static let settings = MeshSettings()

    private static func namespace(_ name: String, isInMesh: Bool) -> TableChange {
        let labels = isInMesh ? [MeshLabels.monitoredBy: "osm"] : [:]
        let namespace = Namespace(metadata: ObjectMetadata(name: name, labels: labels))
        return .namespace(namespace.name, ObjectRow(object: namespace, problems: []))
    }

    private static func pod(_ name: String, in namespace: String, hasProxy: Bool = true, phase: String = "Running")
        -> TableChange
    {
        let pod = Pod(
            metadata: ObjectMetadata(name: name, namespace: namespace, uid: name), phase: phase,
            mountsProxyToken: hasProxy)
        return .pod(pod.name, ObjectRow(object: pod, problems: []))
    }

    private static func backend(_ name: String, port: Int, isValid: Bool = true) -> (IngressBackend, TableChange) {
        let object = IngressBackend(
            metadata: ObjectMetadata(name: name, namespace: "shop"),
            backends: [.init(service: "web", port: port, portProtocol: "http")], sources: [])
        let problems = isValid ? [] : [Problem(path: "spec", message: "is wrong")]
        return (object, .ingressBackend(object.name, ObjectRow(object: object, problems: problems)))
    }

    @Test("The configuration is unknown until objects were taken up, then zero values or what is in effect")
    func configuration() {
        let directory = WorkloadDirectory()
        #expect(directory.meshConfig == nil)
        directory.apply([], Self.settings)
        #expect(directory.meshConfig == .absent)
        var config = MeshConfig(metadata: ObjectMetadata(name: "osm-mesh-config", namespace: "osm-system"))
        config.sidecar.logLevel = "loud"
        config.sidecar.envoyImage = "mine"
        directory.apply(
            [.meshConfig(config.name, ObjectRow(object: config, problems: config.validate()))], Self.settings)
        #expect(directory.meshConfig?.sidecar.envoyImage == "mine")
        #expect(directory.meshConfig?.sidecar.logLevel == MeshConfig.absent.sidecar.logLevel)
        let other = ObjectName(namespace: "shop", name: "osm-mesh-config")
        directory.apply([.meshConfig(other, nil)], Self.settings)
        #expect(directory.meshConfig?.sidecar.envoyImage == "mine")
        directory.apply([.meshConfig(config.name, nil)], Self.settings)
        #expect(directory.meshConfig == .absent)
    }

    @Test("A namespace is waited for until it is part of the mesh, and no longer than said")
    func waiting() async {
        let directory = WorkloadDirectory()
        directory.apply([Self.namespace("shop", isInMesh: false)], Self.settings)
        #expect(await directory.meshNamespace("shop", waitingAtMost: .milliseconds(10)) == nil)
        async let awaited = directory.meshNamespace("shop", waitingAtMost: .seconds(240))
        async let never = directory.meshNamespace("new", waitingAtMost: .milliseconds(200))
        try? await Task.sleep(for: .milliseconds(100))
        directory.apply([Self.namespace("shop", isInMesh: true)], Self.settings)
        #expect(await awaited?.metadata.name == "shop")
        #expect(await never == nil)
        directory.apply([Self.namespace("shop", isInMesh: false)], Self.settings)
        #expect(await directory.meshNamespace("shop", waitingAtMost: .zero) == nil)
        directory.apply([.namespace(ObjectName(namespace: "", name: "shop"), nil)], Self.settings)
    }

    @Test("Namespaces in which a pod mounts a proxy's token, until the last one has ended or is gone")
    func proxies() {
        let directory = WorkloadDirectory()
        directory.apply(
            [Self.pod("a", in: "shop"), Self.pod("b", in: "shop"), Self.pod("c", in: "plain", hasProxy: false)],
            Self.settings)
        #expect(directory.namespacesWithProxies == ["shop"])
        // Told again it counts once.
        directory.apply([Self.pod("a", in: "shop"), Self.pod("a", in: "shop")], Self.settings)
        directory.apply([Self.pod("a", in: "shop", phase: "Succeeded")], Self.settings)
        #expect(directory.namespacesWithProxies == ["shop"])
        directory.apply([.pod(ObjectName(namespace: "shop", name: "b"), nil)], Self.settings)
        #expect(directory.namespacesWithProxies.isEmpty)
        directory.apply([.pod(ObjectName(namespace: "shop", name: "a"), nil)], Self.settings)
        #expect(directory.namespacesWithProxies.isEmpty)
    }

    @Test(
        "Objects that claim the same are told, but neither the object itself, nor wrong ones, nor those that are gone")
    func rivals() {
        let directory = WorkloadDirectory()
        let (first, change) = Self.backend("first", port: 80)
        directory.apply(
            [
                change, Self.backend("second", port: 80).1, Self.backend("third", port: 81).1,
                Self.backend("wrong", port: 80, isValid: false).1,
            ], Self.settings)
        #expect(directory.rivals(of: first).map(\.name) == ["second"])
        directory.apply([Self.backend("third", port: 80).1], Self.settings)
        #expect(directory.rivals(of: first).map(\.name) == ["second", "third"])
        directory.apply([Self.backend("second", port: 82).1], Self.settings)
        directory.apply([.ingressBackend(ObjectName(namespace: "shop", name: "third"), nil)], Self.settings)
        #expect(directory.rivals(of: first).isEmpty)
        let setting = UpstreamTrafficSetting(
            metadata: ObjectMetadata(name: "limits", namespace: "shop"), host: "web.shop.svc.cluster.local")
        #expect(directory.rivals(of: setting).isEmpty)
        var other = setting
        other.metadata.name = "older"
        directory.apply([.upstreamTrafficSetting(other.name, ObjectRow(object: other, problems: []))], Self.settings)
        #expect(directory.rivals(of: setting).map(\.name) == ["older"])
    }
}

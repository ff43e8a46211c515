import MeshModel
import Testing

@Suite("EndpointSlice")
struct EndpointSliceTests {
    private static func slice(_ fields: String) -> String { "{metadata: {name: e, namespace: n}, \(fields)}" }

    private static let manifests = [
        Manifest("nothing in it", whole: slice("addressType: IPv4")),
        Manifest("a type that is none", whole: slice("addressType: IP"), "addressType"),
        Manifest("no type", whole: slice("ports: []"), "addressType"),
        Manifest("an address of the type", whole: slice("addressType: IPv6, endpoints: [{addresses: ['::1']}]")),
        Manifest(
            "an address of the other family",
            whole: slice("addressType: IPv4, endpoints: [{addresses: [10.0.0.1]}, {addresses: ['::1']}]"),
            "endpoints[1].addresses"),
        Manifest(
            "an endpoint without address", whole: slice("addressType: IPv4, endpoints: [{}]"), "endpoints[0].addresses"),
        Manifest("names as addresses", whole: slice("addressType: FQDN, endpoints: [{addresses: [example.com]}]")),
        Manifest("ports", whole: slice("addressType: IPv4, ports: [{port: 80}, {name: a, protocol: UDP, port: 53}]")),
        Manifest("all ports", whole: slice("addressType: IPv4, ports: [{name: a}]")),
        Manifest("port 0", whole: slice("addressType: IPv4, ports: [{port: 0}]"), "ports[0].port"),
        Manifest(
            "a transport that is none", whole: slice("addressType: IPv4, ports: [{port: 1, protocol: x}]"),
            "ports[0].protocol"),
        Manifest("a bad name", whole: "{metadata: {name: E, namespace: n}, addressType: IPv4}", "metadata.name"),
        Manifest("no namespace", whole: "{metadata: {name: e}, addressType: IPv4}", "metadata.namespace"),
    ]

    @Test("has the problems that are in it", arguments: manifests)
    func validation(manifest: Manifest) throws {
        #expect(try problemPaths(EndpointSlice.self, in: manifest) == manifest.paths)
    }

    @Test("of version v1 is read with endpoints, zones and pods")
    func reading() throws {
        let slice = try read(
            EndpointSlice.self,
            """
            apiVersion: discovery.k8s.io/v1
            metadata: {name: e, namespace: n, labels: {kubernetes.io/service-name: s}}
            addressType: IPv4
            ports: [{name: http, protocol: TCP, port: 8080}, {port: 53, protocol: UDP}, {name: any}]
            endpoints:
              - addresses: [10.0.0.1, 10.0.0.9]
                conditions: {ready: true, serving: true, terminating: false}
                zone: z1
                targetRef: {kind: Pod, namespace: m, name: p, uid: u}
              - {addresses: [10.0.0.2], conditions: {ready: false}, targetRef: {kind: Pod, name: q}}
              - {addresses: [10.0.0.3], conditions: {}, targetRef: {kind: Node, name: q}}
              - {addresses: [10.0.0.4], conditions: {ready: null}, targetRef: {kind: Pod, namespace: "", name: q}}
            """)
        func pod(_ namespace: String, _ name: String, _ uid: String = "") -> EndpointSlice.PodReference {
            .init(name: ObjectName(namespace: namespace, name: name), uid: uid)
        }
        #expect(
            slice.endpoints == [
                .init(address: IPAddress("10.0.0.1"), isReady: true, zone: "z1", pod: pod("m", "p", "u")),
                .init(address: IPAddress("10.0.0.2"), isReady: false, pod: pod("n", "q")),
                .init(address: IPAddress("10.0.0.3")), .init(address: IPAddress("10.0.0.4"), pod: pod("n", "q")),
            ])
        #expect(
            slice.ports == [
                .init(name: "http", port: 8080), .init(port: 53, transport: "UDP"), .init(name: "any", port: nil),
            ])
        #expect(slice.addressType == "IPv4")
        #expect(slice.service == ObjectName(namespace: "n", name: "s"))
    }

    @Test("of version v1beta1 has its zones in the topology")
    func beta() throws {
        let slice = try read(
            EndpointSlice.self,
            """
            apiVersion: discovery.k8s.io/v1beta1
            metadata: {name: e, namespace: n}
            addressType: IPv6
            ports: [{name: http, port: 8080}]
            endpoints:
              - {addresses: ["fd00::1"], topology: {topology.kubernetes.io/zone: z2, kubernetes.io/hostname: h}}
              - {addresses: ["fd00::2"], topology: {kubernetes.io/hostname: h}}
            """)
        #expect(slice.endpoints.map(\.zone) == ["z2", ""])
        #expect(slice.endpoints.map(\.isReady) == [true, true])
        #expect(slice.service == nil)
    }
}

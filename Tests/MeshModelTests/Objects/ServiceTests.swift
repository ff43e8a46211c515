import MeshModel
import Testing

@Suite("Service")
struct ServiceTests {
    private static let manifests = [
        Manifest("no ports", "clusterIP: None"),
        Manifest("a name with dots", whole: "{metadata: {name: a.b, namespace: n}}", "metadata.name"),
        Manifest("one port without a name", "ports: [{port: 80}]"),
        Manifest("two ports, one without a name", "ports: [{port: 80}, {name: b, port: 81}]", "spec.ports[0].name"),
        Manifest("two ports with names", "ports: [{name: a, port: 80}, {name: b, port: 81}]"),
        Manifest("two ports of a name", "ports: [{name: a, port: 80}, {name: a, port: 81}]", "spec.ports[1].name"),
        Manifest("a port's name that is none", "ports: [{name: A_, port: 80}]", "spec.ports[0].name"),
        Manifest(
            "a port's name of 64 letters", "ports: [{name: \(String(repeating: "a", count: 64)), port: 80}]",
            "spec.ports[0].name"),
        Manifest("port 0", "ports: [{port: 0}]", "spec.ports[0].port"),
        Manifest("no port", "ports: [{name: a}]", "spec.ports[0].port"),
        Manifest("port 1", "ports: [{port: 1}]"),
        Manifest("port 65535", "ports: [{port: 65535}]"),
        Manifest("a number twice", "ports: [{name: a, port: 80}, {name: b, port: 80}]", "spec.ports[1].port"),
        Manifest("a number for TCP and UDP", "ports: [{name: a, port: 53}, {name: b, port: 53, protocol: UDP}]"),
        Manifest("a transport that is none", "ports: [{port: 80, protocol: HTTP}]", "spec.ports[0].protocol"),
        Manifest("SCTP", "ports: [{port: 80, protocol: SCTP}]"),
        Manifest("target port 0", "ports: [{port: 80, targetPort: 0}]", "spec.ports[0].targetPort"),
        Manifest("an empty target port", "ports: [{port: 80, targetPort: ''}]", "spec.ports[0].targetPort"),
        Manifest("a target port by name", "ports: [{port: 80, targetPort: web}]"),
        Manifest("a type that is none", "type: Cluster", "spec.type"),
        Manifest("every type", "type: ExternalName"),
        Manifest("NodePort", "type: NodePort"),
        Manifest("LoadBalancer", "type: LoadBalancer"),
    ]

    @Test("has the problems that are in it", arguments: manifests)
    func validation(manifest: Manifest) throws {
        #expect(try problemPaths(Service.self, in: manifest) == manifest.paths)
    }

    @Test("is read with addresses, selector and ports")
    func reading() throws {
        let service = try read(
            Service.self,
            """
            metadata: {name: s, namespace: n}
            spec:
              type: LoadBalancer
              clusterIP: 10.9.9.9
              clusterIPs: [10.1.0.1, "FD00::0:1"]
              externalIPs: [192.0.2.1]
              selector: {app: a}
              ports:
                - {name: http, port: 80, targetPort: 8080, nodePort: 30000}
                - {name: tcp-x, port: 81, protocol: TCP, appProtocol: mysql, targetPort: "8081"}
                - {name: dns, port: 53, protocol: UDP}
            """)
        #expect(
            service
                == Service(
                    metadata: ObjectMetadata(name: "s", namespace: "n"), type: "LoadBalancer",
                    clusterIPs: ["10.1.0.1", "fd00::1"].compactMap { IPAddress($0) }, selector: ["app": "a"],
                    ports: [
                        .init(name: "http", port: 80, targetPort: .number(8080)),
                        .init(name: "tcp-x", port: 81, appProtocol: "mysql", targetPort: .name("8081")),
                        .init(name: "dns", port: 53, transport: "UDP", targetPort: .number(53)),
                    ]))
    }

    @Test("without clusterIPs has its clusterIP, and none where it is headless")
    func clusterIP() throws {
        func addresses(_ spec: String) throws -> [String] {
            try read(Service.self, "{metadata: {name: s, namespace: n}, spec: {\(spec)}}").clusterIPs.map(\.description)
        }
        #expect(try addresses("clusterIP: 10.1.0.1") == ["10.1.0.1"])
        #expect(try addresses("clusterIP: None") == [])
        #expect(try addresses("clusterIP: None, clusterIPs: [None]") == [])
        #expect(try addresses("clusterIP: ''") == [])
        #expect(try addresses("ports: []") == [])
        let bare = try read(Service.self, "{metadata: {name: s, namespace: n}}")
        #expect(bare == Service(metadata: ObjectMetadata(name: "s", namespace: "n")))
    }

    @Test(
        "with a number that is no port cannot be read",
        arguments: [
            ("port: 65536", "port"), ("port: -1", "port"), ("port: 80, targetPort: 65536", "targetPort"),
            ("port: 80, targetPort: -1", "targetPort"),
        ])
    func badPort(port: String, field: String) throws {
        let problem = try decodingProblem(
            Service.self, "{metadata: {name: s, namespace: n}, spec: {ports: [{\(port)}]}}")
        #expect(problem?.path == "spec.ports[0].\(field)")
    }

    @Test("selects pods that have all of its labels, and none without a selector")
    func selection() {
        func service(_ selector: [String: String]) -> Service {
            Service(metadata: ObjectMetadata(name: "s", namespace: "n"), selector: selector)
        }
        #expect(service(["a": "1"]).selects(["a": "1", "b": "2"]))
        #expect(!service(["a": "1", "b": "3"]).selects(["a": "1", "b": "2"]))
        #expect(!service(["c": "1"]).selects(["a": "1"]))
        #expect(!service([:]).selects(["a": "1"]))
    }

    private static let protocols: [(name: String, word: String?, expected: ApplicationProtocol)] = [
        ("", nil, .http), ("bookstore-port", nil, .http), ("http", nil, .http), ("http-web", nil, .http),
        ("http2", nil, .http), ("grpc-x", nil, .http), ("https", nil, .tcp), ("https-x", nil, .tcp), ("tcp", nil, .tcp),
        ("tcp-x", nil, .tcp), ("tls", nil, .tcp), ("mysql", nil, .tcp), ("mongo-a-b", nil, .tcp), ("redis", nil, .tcp),
        ("tcp-server-first", nil, .tcpServerFirst), ("tcp-server-first-x", nil, .tcpServerFirst),
        ("tcp-server-firstx", nil, .tcp), ("tcpx", nil, .http), ("mysqlx-a", nil, .http), ("a-tcp", nil, .http),
        ("tcp", "http", .http), ("tcp", "HTTP2", .http), ("tcp", "kubernetes.io/h2c", .http), ("tcp", "gRPC", .http),
        ("http", "tcp", .tcp), ("http", "TCP-Server-First", .tcpServerFirst), ("http", "https", .tcp),
        ("http", "tls", .tcp), ("http", "mysql", .tcp), ("http", "example.com/own", .tcp), ("http", "", .http),
        ("tcp", "", .tcp),
    ]

    @Test("has the protocol of appProtocol, else of the port's name, else HTTP", arguments: protocols)
    func applicationProtocol(name: String, word: String?, expected: ApplicationProtocol) {
        let port = Service.Port(name: name, port: 80, appProtocol: word)
        #expect(port.applicationProtocol == expected)
        for transport in ["UDP", "SCTP"] {
            #expect(
                Service.Port(name: name, port: 80, transport: transport, appProtocol: word).applicationProtocol == nil)
        }
    }
}

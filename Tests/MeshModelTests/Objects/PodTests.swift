import MeshModel
import Testing

@Suite("Pod")
struct PodTests {
    private static let manifests = [
        Manifest("nothing but names", "containers: []"),
        Manifest("an account with dots", "serviceAccountName: a.b"),
        Manifest("an account that is no name", "serviceAccountName: A_b", "spec.serviceAccountName"),
        Manifest("a TCP port without a number", "containers: [{ports: [{name: web}]}]", "spec.containers"),
        Manifest("a UDP port without a number", "containers: [{ports: [{name: dns, protocol: UDP}]}]"),
        Manifest("a port", "containers: [{ports: [{containerPort: 65535}]}]"),
        Manifest("a name that is none", whole: "{metadata: {name: '-', namespace: n}}", "metadata.name"),
        Manifest("a name with dots", whole: "{metadata: {name: a.b, namespace: n}}"),
        Manifest("no namespace", whole: "{metadata: {name: a}}", "metadata.namespace"),
    ]

    @Test("has the problems that are in it", arguments: manifests)
    func validation(manifest: Manifest) throws {
        #expect(try problemPaths(Pod.self, in: manifest) == manifest.paths)
    }

    @Test("is read with its identity, addresses, ports and token")
    func reading() throws {
        let pod = try read(
            Pod.self,
            """
            metadata: {name: p, namespace: n, uid: u, labels: {app: a}}
            spec:
              serviceAccountName: sa
              initContainers:
                - {name: once, ports: [{name: once, containerPort: 1}]}
                - {name: sidecar, restartPolicy: Always, ports: [{name: side, containerPort: 2}]}
              containers:
                - {name: a, ports: [{name: web, containerPort: 8080, protocol: TCP}, {containerPort: 53, protocol: UDP}]}
                - {name: b}
                - {name: c, ports: [{containerPort: 9090}]}
              volumes:
                - {name: x, emptyDir: {}}
                - {name: t, projected: {sources: [{configMap: {name: c}}, {serviceAccountToken: {audience: osm-xds}}]}}
            status:
              phase: Pending
              podIP: 10.9.9.9
              podIPs: [{ip: 10.0.0.1}, {ip: "FD00::0:1"}, {ip: nonsense}, {}]
            """)
        #expect(
            pod
                == Pod(
                    metadata: ObjectMetadata(name: "p", namespace: "n", uid: "u", labels: ["app": "a"]),
                    serviceAccount: "sa", addresses: ["10.0.0.1", "fd00::1"].compactMap { IPAddress($0) },
                    phase: "Pending",
                    ports: [
                        .init(name: "web", port: 8080), .init(name: "", port: 9090), .init(name: "side", port: 2),
                    ], mountsProxyToken: true))
        #expect(pod.identity == ServiceIdentity(namespace: "n", serviceAccount: "sa"))
    }

    @Test(
        "tells its workload by its controller, a Deployment for a ReplicaSet",
        arguments: [
            ("{kind: ReplicaSet, name: web-5d9f7c6b8, controller: true}", Workload(kind: "Deployment", name: "web")),
            ("{kind: ReplicaSet, name: a-b-c, controller: true}", Workload(kind: "Deployment", name: "a-b")),
            ("{kind: ReplicaSet, name: web, controller: true}", Workload(kind: "ReplicaSet", name: "web")),
            ("{kind: ReplicaSet, name: -x, controller: true}", Workload(kind: "ReplicaSet", name: "-x")),
            ("{kind: StatefulSet, name: db-x, controller: true}", Workload(kind: "StatefulSet", name: "db-x")),
            ("{kind: A, name: a}, {kind: Job, name: j-1, controller: true}", Workload(kind: "Job", name: "j-1")),
            ("{kind: ReplicaSet, name: web-1}", nil), ("{kind: ReplicaSet, name: web-1, controller: false}", nil),
            ("{name: web-1, controller: true}", nil), ("", nil),
        ] as [(String, Workload?)])
    func workload(owners: String, expected: Workload?) throws {
        let pod = try read(Pod.self, "{metadata: {name: p, namespace: n, ownerReferences: [\(owners)]}}")
        #expect(pod.workload == expected)
    }

    @Test("without a spec is a pod of the default account, outside the mesh")
    func bare() throws {
        let pod = try read(Pod.self, "{metadata: {name: p, namespace: n}}")
        #expect(
            pod
                == Pod(
                    metadata: ObjectMetadata(name: "p", namespace: "n"), serviceAccount: "default", addresses: [],
                    phase: "", ports: [], mountsProxyToken: false))
        #expect(!pod.isMeshPod && !pod.isTerminal)
        let other = try read(
            Pod.self, "{metadata: {name: p, namespace: n}, spec: {serviceAccountName: ''}, status: {podIP: 10.0.0.1}}")
        #expect(other.serviceAccount == "default")
        #expect(other.addresses.map(\.description) == ["10.0.0.1"])
    }

    @Test("is of the mesh with our token or the original's label")
    func membership() throws {
        func pod(_ labels: [String: String], _ token: Bool) -> Pod {
            Pod(metadata: ObjectMetadata(name: "p", namespace: "n", labels: labels), mountsProxyToken: token)
        }
        #expect(pod([:], true).isMeshPod)
        #expect(pod(["osm-proxy-uuid": "x"], false).isMeshPod)
        #expect(!pod(["app": "x"], false).isMeshPod)
        let foreign = try read(
            Pod.self,
            "{metadata: {name: p, namespace: n}, spec: {volumes: [{projected: {sources: [{serviceAccountToken: {audience: api}}, {serviceAccountToken: {}}]}}]}}"
        )
        #expect(!foreign.mountsProxyToken)
    }

    @Test(
        "has ended in the phases Succeeded and Failed",
        arguments: [
            ("Succeeded", true), ("Failed", true), ("Running", false), ("Pending", false), ("Unknown", false),
            ("", false),
        ])
    func ended(phase: String, isTerminal: Bool) {
        #expect(Pod(metadata: ObjectMetadata(name: "p", namespace: "n"), phase: phase).isTerminal == isTerminal)
    }

    @Test("with a port that is none cannot be read")
    func badPort() throws {
        let problem = try decodingProblem(
            Pod.self, "{metadata: {name: p, namespace: n}, spec: {containers: [{}, {ports: [{containerPort: 65536}]}]}}"
        )
        #expect(problem?.path == "spec.containers[1].ports[0].containerPort")
        #expect(problem?.message.contains("65536") == true)
    }
}

import MeshModel
import Testing

@Suite("Names of objects, ports and identities")
struct NameTests {
    @Test("An identity has the names that the original gives it")
    func identity() {
        let identity = ServiceIdentity(namespace: "bookstore", serviceAccount: "book.store")
        #expect(identity.spiffeURI(trustDomain: "cluster.local") == "spiffe://cluster.local/book.store/bookstore")
        #expect(identity.dnsName(trustDomain: "cluster.local") == "book.store.bookstore.cluster.local")
        #expect(identity.description == "bookstore/book.store")
        #expect(identity < ServiceIdentity(namespace: "bookstore", serviceAccount: "c"))
        #expect(ServiceIdentity(namespace: "a", serviceAccount: "z") < identity)
    }

    @Test("Names are written as messages name them")
    func descriptions() {
        let name = ObjectName(namespace: "n", name: "s")
        #expect(name.description == "n/s")
        #expect(ObjectName(namespace: "", name: "n").description == "n")
        #expect(ObjectKey(kind: .trafficSplit, name: name).description == "TrafficSplit n/s")
        #expect(ServicePort(service: name, port: 80).description == "n/s:80")
        #expect(ServiceTargetPort(service: name, targetPort: 8080).description == "n/s|8080")
        #expect(Problem(path: "spec.service", message: "is missing").description == "spec.service: is missing")
    }

    @Test("Names are ordered by namespace, then name, then number")
    func order() {
        let names = [
            ObjectName(namespace: "a", name: "b"), ObjectName(namespace: "a", name: "c"),
            ObjectName(namespace: "a-b", name: "a"), ObjectName(namespace: "b", name: "a"),
        ]
        #expect(names.reversed().sorted() == names)
        let ports = names.flatMap { [ServicePort(service: $0, port: 9), ServicePort(service: $0, port: 10)] }
        #expect(ports.reversed().sorted() == ports)
        let targets = names.flatMap {
            [ServiceTargetPort(service: $0, targetPort: 9), ServiceTargetPort(service: $0, targetPort: 10)]
        }
        #expect(targets.reversed().sorted() == targets)
    }

    @Test("Kinds have the groups and versions of the original")
    func kinds() {
        let apis = ObjectKind.allCases.map { kind in
            "\(kind.rawValue) \(kind.versions.map { kind.group.isEmpty ? $0 : "\(kind.group)/\($0)" })"
        }
        #expect(
            apis == [
                "Namespace [\"v1\"]", "Pod [\"v1\"]", "Service [\"v1\"]", "ServiceAccount [\"v1\"]",
                "EndpointSlice [\"discovery.k8s.io/v1\", \"discovery.k8s.io/v1beta1\"]",
                "MeshConfig [\"config.openservicemesh.io/v1alpha2\", \"config.openservicemesh.io/v1alpha1\"]",
                "TrafficTarget [\"access.smi-spec.io/v1alpha3\"]", "HTTPRouteGroup [\"specs.smi-spec.io/v1alpha4\"]",
                "TCPRoute [\"specs.smi-spec.io/v1alpha4\"]",
                "TrafficSplit [\"split.smi-spec.io/v1alpha4\", \"split.smi-spec.io/v1alpha3\", "
                    + "\"split.smi-spec.io/v1alpha2\"]",
                "Egress [\"policy.openservicemesh.io/v1alpha1\"]",
                "IngressBackend [\"policy.openservicemesh.io/v1alpha1\"]",
                "Retry [\"policy.openservicemesh.io/v1alpha1\"]",
                "UpstreamTrafficSetting [\"policy.openservicemesh.io/v1alpha1\"]",
                "Telemetry [\"policy.openservicemesh.io/v1alpha1\"]",
                "ExtensionService [\"config.openservicemesh.io/v1alpha2\"]",
            ])
        #expect(ObjectKind.allCases.filter(\.isClusterScoped) == [.namespace])
    }

    private static let objectNames: [(name: String, isSubdomain: Bool, isLabel: Bool)] = [
        ("a", true, true), ("a-b", true, true), ("a.b", true, false), ("0", true, true),
        (String(repeating: "a", count: 63), true, true), (String(repeating: "a", count: 64), true, false),
        (String(repeating: "a", count: 253), true, false), (String(repeating: "a", count: 254), false, false),
        ("", false, false), ("-a", false, false), ("a-", false, false), ("a..b", false, false), (".a", false, false),
        ("a.", false, false), ("A", false, false), ("a_b", false, false), ("é", false, false), ("a b", false, false),
        ("a\u{0}", false, false),
    ]

    @Test("Objects are named as Kubernetes allows", arguments: objectNames)
    func objectName(name: String, isSubdomain: Bool, isLabel: Bool) {
        let account = ServiceAccount(metadata: ObjectMetadata(name: name, namespace: "n"))
        #expect(account.validate().map(\.path) == (isSubdomain ? [] : ["metadata.name"]))
        let homeless = ServiceAccount(metadata: ObjectMetadata(name: "x", namespace: name))
        #expect(homeless.validate().map(\.path) == (isLabel ? [] : ["metadata.namespace"]))
        let namespace = Namespace(metadata: ObjectMetadata(name: name))
        #expect(namespace.validate().map(\.path) == (isLabel ? [] : ["metadata.name"]))
        let service = Service(metadata: ObjectMetadata(name: name, namespace: "n"))
        #expect(service.validate().map(\.path) == (isLabel ? [] : ["metadata.name"]))
    }

    @Test("Versions of TLS are ordered by age and read by their names")
    func tlsVersions() throws {
        #expect(TLSVersion.allCases.sorted() == TLSVersion.allCases)
        for version in TLSVersion.allCases { #expect(try read(TLSVersion.self, version.rawValue) == version) }
        #expect(try decodingProblem(TLSVersion.self, "TLSv1_4")?.message.contains("TLSv1_3") == true)
    }
}

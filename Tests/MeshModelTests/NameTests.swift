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

    @Test("An identity is known by both names under each trust domain, in their order")
    func certificateNames() {
        let identity = ServiceIdentity(namespace: "bookstore", serviceAccount: "book.store")
        let old: [ServiceIdentity.CertificateName] = [
            .uri("spiffe://cluster.local/book.store/bookstore"), .dns("book.store.bookstore.cluster.local"),
        ]
        let new: [ServiceIdentity.CertificateName] = [
            .uri("spiffe://b/book.store/bookstore"), .dns("book.store.bookstore.b"),
        ]
        #expect(identity.certificateNames(in: ["cluster.local"]) == old)
        #expect(identity.certificateNames(in: ["b", "cluster.local"]) == new + old)
        #expect(identity.certificateNames(in: []) == [])
    }

    @Test("A name that two workloads could have under trust domains, of which one lies below the other, is nobody's")
    func ambiguousNames() {
        let domains = ["example.org", "new.example.org"]
        let web = ServiceIdentity(namespace: "front", serviceAccount: "web")
        let thief = ServiceIdentity(namespace: "new", serviceAccount: "web.front")
        #expect(thief.dnsName(trustDomain: domains[0]) == web.dnsName(trustDomain: domains[1]))
        #expect(
            web.certificateNames(in: domains) == [
                .uri("spiffe://example.org/web/front"), .dns("web.front.example.org"),
                .uri("spiffe://new.example.org/web/front"),
            ])
        #expect(
            thief.certificateNames(in: domains) == [
                .uri("spiffe://example.org/web.front/new"), .uri("spiffe://new.example.org/web.front/new"),
            ])
        // No two identities have a name in common, whatever they are called.
        let words = ["a", "new", "new.example", "example", "org", "a.b", "example.org"]
        for domains in [domains, ["a.b", "b"], ["b", "a.b", "new.a.b"], ["org", "example.org", "new.example.org"]] {
            var holders: [ServiceIdentity.CertificateName: ServiceIdentity] = [:]
            for account in words {
                for namespace in words where !namespace.contains(".") {
                    let identity = ServiceIdentity(namespace: namespace, serviceAccount: account)
                    let names = identity.certificateNames(in: domains)
                    #expect(names.count >= domains.count)
                    for name in names { #expect(holders.updateValue(identity, forKey: name) == nil, "\(name)") }
                }
            }
        }
    }

    @Test(
        "A workload's name that is written down stands for the workload under each trust domain, any other for itself",
        arguments: [
            ("web.front.old.org", ["web.front.new.com", "web.front.old.org"]),
            ("a.web.front.new.com", ["a.web.front.new.com", "a.web.front.old.org"]),
            ("spiffe://old.org/web/front", ["spiffe://new.com/web/front", "spiffe://old.org/web/front"]),
            ("web.old.org", ["web.old.org"]), ("old.org", ["old.org"]), (".old.org", [".old.org"]),
            ("web..front.old.org", ["web..front.old.org"]), ("*.front.old.org", ["*.front.old.org"]),
            ("web.front.other.org", ["web.front.other.org"]), ("web.frontold.org", ["web.frontold.org"]),
            ("spiffe://old.org/web", ["spiffe://old.org/web"]), ("spiffe://old.org/a/b/c", ["spiffe://old.org/a/b/c"]),
            ("spiffe://other.org/a/b", ["spiffe://other.org/a/b"]), ("spiffe://old.org//b", ["spiffe://old.org//b"]),
            ("", [""]),
        ])
    func writtenNames(name: String, names: [String]) {
        #expect(ServiceIdentity.names(of: name, in: ["old.org", "new.com"]) == names)
        #expect(ServiceIdentity.names(of: name, in: ["old.org"]) == [name])
        #expect(ServiceIdentity.names(of: name, in: []) == [name])
    }

    @Test("A written name that two workloads could have stands for itself")
    func ambiguousWrittenName() {
        let domains = ["example.org", "new.example.org"]
        let name = "web.front.new.example.org"
        #expect(ServiceIdentity.names(of: name, in: domains) == [name])
        // The name under the longer domain could be another's.
        #expect(ServiceIdentity.names(of: "web.front.example.org", in: domains) == ["web.front.example.org"])
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

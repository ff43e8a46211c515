import MeshModel
import Testing

@Suite("IngressBackend")
struct IngressBackendTests {
    private static let web = "{name: web, port: {number: 8080, protocol: http}}"
    private static let range = "sources: [{kind: IPRange, name: 10.0.0.0/8}]"

    /// A backend with other settings of TLS.
    private static func tls(_ tls: String) -> String {
        "backends: [{name: web, port: {number: 8080, protocol: https}, tls: {\(tls)}}], \(range)"
    }

    private static func source(_ source: String) -> String { "backends: [\(web)], sources: [{\(source)}]" }

    private static func backend(_ backend: String) -> String { "backends: [{\(backend)}], \(range)" }

    private static let manifests = [
        Manifest("the least there must be", "backends: [\(web)], \(range)"),
        Manifest("nothing", "", "spec.backends", "spec.sources"),
        Manifest("no backends", range, "spec.backends"),
        Manifest("empty backends", "backends: [], \(range)", "spec.backends"),
        Manifest("no sources", "backends: [\(web)]", "spec.sources"),
        Manifest("empty sources", "backends: [\(web)], sources: []", "spec.sources"),
        Manifest(
            "an empty backend", backend(""), "spec.backends[0].name", "spec.backends[0].port.number",
            "spec.backends[0].port.protocol"),
        Manifest(
            "a backend in a namespace", backend("name: web.n, port: {number: 1, protocol: http}"),
            "spec.backends[0].name"),
        Manifest("the greatest port", backend("name: web, port: {number: 65535, protocol: http}")),
        Manifest(
            "a greater port", backend("name: web, port: {number: 65536, protocol: http}"),
            "spec.backends[0].port.number"),
        Manifest("port 0", backend("name: web, port: {number: 0, protocol: http}"), "spec.backends[0].port.number"),
        Manifest(
            "a negative port", backend("name: web, port: {number: -1, protocol: http}"), "spec.backends[0].port.number"),
        Manifest("an upper-case protocol", backend("name: web, port: {number: 1, protocol: HTTPS}")),
        Manifest(
            "another protocol", backend("name: web, port: {number: 1, protocol: tcp}"),
            "spec.backends[0].port.protocol"),
        Manifest(
            "no protocol", backend("name: web, port: {number: 1}"), "spec.backends[0].port.protocol"),
        Manifest("a backend twice", "backends: [\(web), \(web)], \(range)", "spec.backends[1]"),
        Manifest(
            "a backend twice in both protocols",
            "backends: [\(web), {name: web, port: {number: 8080, protocol: https}}], \(range)", "spec.backends[1]"),
        Manifest(
            "two ports of a backend", "backends: [\(web), {name: web, port: {number: 81, protocol: http}}], \(range)"),
        Manifest("two services", "backends: [\(web), {name: api, port: {number: 8080, protocol: http}}], \(range)"),
        Manifest("settings of TLS", tls("skipClientCertValidation: true, sniHosts: [a.example, '*.b.example', A.b]")),
        Manifest("no settings of TLS", tls("")),
        Manifest("any server name", tls("sniHosts: ['*']"), "spec.backends[0].tls.sniHosts[0]"),
        Manifest("an empty server name", tls("sniHosts: ['']"), "spec.backends[0].tls.sniHosts[0]"),
        Manifest("a part of a label", tls("sniHosts: [a.b, 'x*.a.b']"), "spec.backends[0].tls.sniHosts[1]"),
        Manifest("a wildcard within", tls("sniHosts: ['a.*.b']"), "spec.backends[0].tls.sniHosts[0]"),
        Manifest("a server name with a port", tls("sniHosts: ['a.b:443']"), "spec.backends[0].tls.sniHosts[0]"),
        Manifest("a Service", source("kind: Service, name: nginx, namespace: ingress")),
        Manifest("a Service without a namespace", source("kind: Service, name: nginx"), "spec.sources[0].namespace"),
        Manifest(
            "a Service with a bad namespace", source("kind: Service, name: nginx, namespace: a.b"),
            "spec.sources[0].namespace"),
        Manifest("a Service without a name", source("kind: Service, namespace: n"), "spec.sources[0].name"),
        Manifest("a range of IPv6", source("kind: IPRange, name: 'fd00::/8'")),
        Manifest("an address", source("kind: IPRange, name: 10.0.0.1"), "spec.sources[0].name"),
        Manifest("a range too long", source("kind: IPRange, name: 10.0.0.0/33"), "spec.sources[0].name"),
        Manifest("an empty range", source("kind: IPRange, name: ''"), "spec.sources[0].name"),
        Manifest("a principal", source("kind: AuthenticatedPrincipal, name: nginx.ingress.cluster.local")),
        Manifest("a URI as a principal", source("kind: AuthenticatedPrincipal, name: 'spiffe://cluster.local/a/b'")),
        Manifest(
            "a principal without a name", source("kind: AuthenticatedPrincipal"), "spec.sources[0].name"),
        Manifest("any principal", source("kind: AuthenticatedPrincipal, name: '*'"), "spec.sources[0].name"),
        Manifest(
            "a principal too long",
            source("kind: AuthenticatedPrincipal, name: \(String(repeating: "a", count: 2049))"),
            "spec.sources[0].name"),
        Manifest("another source", source("kind: Pod, name: x"), "spec.sources[0].kind"),
        Manifest("an empty source", source(""), "spec.sources[0].kind"),
        Manifest(
            "too many sources",
            "backends: [\(web)], sources: [\(Array(repeating: "{kind: IPRange, name: 10.0.0.0/8}", count: 1001).joined(separator: ", "))]",
            "spec.sources"),
        Manifest(
            "a bad name", whole: "{metadata: {name: X, namespace: n}, spec: {backends: [\(web)], \(range)}}",
            "metadata.name"),
    ]

    @Test("has the problems that are in it", arguments: manifests)
    func validation(manifest: Manifest) throws {
        #expect(try problemPaths(IngressBackend.self, in: manifest) == manifest.paths)
    }

    @Test("with as many backends as there are ports is told how many it may have, once")
    func manyBackends() throws {
        let object = IngressBackend(
            metadata: ObjectMetadata(name: "x", namespace: "n"),
            backends: (1...65_535).map { .init(service: "web", port: $0) },
            sources: [.init(kind: .ipRange, name: "10.0.0.0/8")])
        #expect(object.validate().map(\.description) == ["spec.backends: has 65535 entries: write at most 1000"])
    }

    @Test(
        "with a field of another type cannot be read",
        arguments: [
            ("backends: web", "spec.backends"), ("backends: [{name: [web]}]", "spec.backends[0].name"),
            ("backends: [{name: web, port: 80}]", "spec.backends[0].port"),
            ("backends: [{name: web, port: {number: http}}]", "spec.backends[0].port.number"),
            ("backends: [{name: web, port: {number: 8.5}}]", "spec.backends[0].port.number"),
            ("backends: [{name: web, tls: true}]", "spec.backends[0].tls"),
            (
                "backends: [{name: web, tls: {skipClientCertValidation: often}}]",
                "spec.backends[0].tls.skipClientCertValidation"
            ), ("backends: [{name: web, tls: {sniHosts: a.b}}]", "spec.backends[0].tls.sniHosts"),
            ("sources: {}", "spec.sources"), ("sources: [{kind: [a]}]", "spec.sources[0].kind"),
        ])
    func unreadable(spec: String, path: String) throws {
        let problem = try decodingProblem(
            IngressBackend.self, "{metadata: {name: x, namespace: n}, spec: {\(spec)}}")
        #expect(problem?.path == path)
    }

    @Test("is read as it is written")
    func reading() throws {
        let object = try read(
            IngressBackend.self,
            """
            apiVersion: policy.openservicemesh.io/v1alpha1
            kind: IngressBackend
            metadata: {name: x, namespace: n}
            spec:
              backends:
                - name: web
                  port: {number: 8080, protocol: HTTPS}
                  tls: {skipClientCertValidation: true, sniHosts: [a.b]}
                - name: api
                  port: {number: 81, protocol: http}
              sources:
                - {kind: Service, name: nginx, namespace: ingress}
                - {kind: IPRange, name: 10.1.0.0/16}
                - {kind: AuthenticatedPrincipal, name: nginx.ingress.cluster.local}
              matches:
                - {apiGroup: specs.smi-spec.io/v1alpha4, kind: HTTPRouteGroup, name: r}
            """)
        #expect(
            object
                == IngressBackend(
                    metadata: ObjectMetadata(name: "x", namespace: "n"),
                    backends: [
                        .init(
                            service: "web", port: 8080, portProtocol: "HTTPS",
                            tls: .init(skipClientCertValidation: true, sniHosts: ["a.b"])),
                        .init(service: "api", port: 81),
                    ],
                    sources: [
                        .init(kind: .service, name: "nginx", namespace: "ingress"),
                        .init(kind: .ipRange, name: "10.1.0.0/16"),
                        .init(kind: .authenticatedPrincipal, name: "nginx.ingress.cluster.local"),
                    ], hasMatches: true))
        #expect(object.backends.map(\.clientProtocol) == [.https, .http])
        #expect(object.backends.map(\.needsCertificate) == [false, false])
        #expect(object.targets.map(\.description) == ["n/web|8080", "n/api|81"])
        #expect(object.sourceServices.map(\.description) == ["ingress/nginx"])
        #expect(object.sourceRanges.map(\.description) == ["10.1.0.0/16"])
        #expect(object.principals == ["nginx.ingress.cluster.local"])
        #expect(object.validate() == [])
    }
}

import MeshModel
import Testing

@Suite("Retry")
struct RetryTests {
    private static let source = "source: {kind: ServiceAccount, name: c, namespace: m}"
    private static let destinations = "destinations: [{kind: Service, name: s, namespace: m}]"
    private static let policy = "retryPolicy: {retryOn: 5xx, numRetries: 3}"

    private static func destination(_ fields: String) -> String {
        "\(source), \(policy), destinations: [{\(fields)}]"
    }

    private static func policy(_ fields: String) -> String {
        "\(source), \(destinations), retryPolicy: {\(fields)}"
    }

    private static let manifests = [
        Manifest("the least there must be", "\(source), \(destinations), \(policy)"),
        Manifest(
            "everything that there is",
            policy(
                "retryOn: '5xx, gateway-error,unavailable,retriable-status-codes', numRetries: 4, "
                    + "perTryTimeout: 1.5s, retryBackoffBaseInterval: 2ms, retriableStatusCodes: [100, 418, 599]")),
        Manifest("no source", "\(destinations), \(policy)", "spec.source"),
        Manifest("an empty source", "source: {}, \(destinations), \(policy)", "spec.source.kind", "spec.source.name"),
        Manifest(
            "a source of another kind", "source: {kind: Service, name: c}, \(destinations), \(policy)",
            "spec.source.kind"),
        Manifest(
            "a source for all", "source: {kind: ServiceAccount, name: '*'}, \(destinations), \(policy)",
            "spec.source.name"),
        Manifest(
            "a source in a namespace that is none",
            "source: {kind: ServiceAccount, name: c, namespace: M}, \(destinations), \(policy)", "spec.source.namespace"
        ),
        Manifest("a source with dots", "source: {kind: ServiceAccount, name: c.d}, \(destinations), \(policy)"),
        Manifest("no destinations", "\(source), \(policy)", "spec.destinations"),
        Manifest("empty destinations", "\(source), destinations: [], \(policy)", "spec.destinations"),
        Manifest(
            "a destination of another kind", destination("kind: ServiceAccount, name: s"), "spec.destinations[0].kind"),
        Manifest("a destination without a kind", destination("name: s"), "spec.destinations[0].kind"),
        Manifest("a destination that is no name", destination("kind: Service, name: s.m"), "spec.destinations[0].name"),
        Manifest(
            "a destination in a namespace that is none", destination("kind: Service, name: s, namespace: m.n"),
            "spec.destinations[0].namespace"),
        Manifest("every service of a namespace", destination("kind: Service, name: '*', namespace: m")),
        Manifest("every service of the mesh", destination("kind: Service, name: '*', namespace: '*'")),
        Manifest("every service of the mesh, no name", destination("kind: Service, namespace: '*'")),
        Manifest("every service of its own namespace", destination("kind: Service")),
        Manifest(
            "a service of every namespace", destination("kind: Service, name: s, namespace: '*'"),
            "spec.destinations[0].namespace"),
        Manifest(
            "no policy", "\(source), \(destinations)", "spec.retryPolicy.retryOn", "spec.retryPolicy.numRetries"),
        Manifest("no retryOn", policy("numRetries: 3"), "spec.retryPolicy.retryOn"),
        Manifest("an empty retryOn", policy("retryOn: '', numRetries: 3"), "spec.retryPolicy.retryOn"),
        Manifest("only commas", policy("retryOn: ' , ', numRetries: 3"), "spec.retryPolicy.retryOn"),
        Manifest(
            "10,000 words",
            policy("retryOn: '\(Array(repeating: "x", count: 10_000).joined(separator: ","))', numRetries: 3"),
            "spec.retryPolicy.retryOn"),
        Manifest(
            "600 statuses",
            policy(
                "retryOn: retriable-status-codes, numRetries: 3, retriableStatusCodes: "
                    + "[\((0..<600).map { _ in "503" }.joined(separator: ","))]"),
            "spec.retryPolicy.retriableStatusCodes"),
        Manifest(
            "a long time", policy("retryOn: 5xx, numRetries: 3, perTryTimeout: 9000h"), "spec.retryPolicy.perTryTimeout"
        ),
        Manifest("an unknown word", policy("retryOn: '5xx,4xx', numRetries: 3"), "spec.retryPolicy.retryOn"),
        Manifest("a word in capitals", policy("retryOn: 5XX, numRetries: 3"), "spec.retryPolicy.retryOn"),
        Manifest("an empty word", policy("retryOn: '5xx,', numRetries: 3"), "spec.retryPolicy.retryOn"),
        Manifest("no number", policy("retryOn: 5xx"), "spec.retryPolicy.numRetries"),
        Manifest("no retries", policy("retryOn: 5xx, numRetries: 0")),
        Manifest("a negative number", policy("retryOn: 5xx, numRetries: -1"), "spec.retryPolicy.numRetries"),
        Manifest("the greatest number", policy("retryOn: 5xx, numRetries: 4294967295")),
        Manifest("a greater number", policy("retryOn: 5xx, numRetries: 4294967296"), "spec.retryPolicy.numRetries"),
        Manifest("any time per try", policy("retryOn: 5xx, numRetries: 3, perTryTimeout: 0s")),
        Manifest(
            "a negative time", policy("retryOn: 5xx, numRetries: 3, perTryTimeout: -1s"),
            "spec.retryPolicy.perTryTimeout"),
        Manifest(
            "a time without a unit", policy("retryOn: 5xx, numRetries: 3, perTryTimeout: '5'"),
            "spec.retryPolicy.perTryTimeout"),
        Manifest(
            "a pause of nothing", policy("retryOn: 5xx, numRetries: 3, retryBackoffBaseInterval: 0s"),
            "spec.retryPolicy.retryBackoffBaseInterval"),
        Manifest(
            "a pause of days", policy("retryOn: 5xx, numRetries: 3, retryBackoffBaseInterval: 1d"),
            "spec.retryPolicy.retryBackoffBaseInterval"),
        Manifest(
            "answers that are none",
            policy("retryOn: retriable-status-codes, numRetries: 3, retriableStatusCodes: [99, 404, 600]"),
            "spec.retryPolicy.retriableStatusCodes[0]", "spec.retryPolicy.retriableStatusCodes[2]"),
        Manifest(
            "answers without the word", policy("retryOn: 5xx, numRetries: 3, retriableStatusCodes: [404]"),
            "spec.retryPolicy.retriableStatusCodes"),
        Manifest(
            "a bad name",
            whole: "{metadata: {name: X, namespace: n}, spec: {\(source), \(destinations), \(policy)}}", "metadata.name"
        ),
    ]

    @Test("has the problems that are in it", arguments: manifests)
    func validation(manifest: Manifest) throws {
        #expect(try problemPaths(Retry.self, in: manifest) == manifest.paths)
    }

    @Test(
        "knows each of Envoy's words",
        arguments: Retry.httpConditions + Retry.grpcConditions)
    func words(word: String) throws {
        let manifest = Manifest(word, Self.policy("retryOn: '\(word)', numRetries: 1"))
        #expect(try problemPaths(Retry.self, in: manifest) == [])
    }

    @Test("is read as the original writes it")
    func original() throws {
        let retry = try read(
            Retry.self,
            """
            apiVersion: policy.openservicemesh.io/v1alpha1
            kind: Retry
            metadata: {name: x, namespace: n}
            spec:
              source: {kind: ServiceAccount, name: curl, namespace: curl}
              destinations:
                - {kind: Service, name: httpbin, namespace: httpbin}
              retryPolicy:
                retryOn: "5xx, gateway-error,5xx"
                perTryTimeout: 1.5s
                numRetries: 4
                retryBackoffBaseInterval: 2ms
            """)
        #expect(
            retry
                == Retry(
                    metadata: ObjectMetadata(name: "x", namespace: "n"),
                    source: .init(kind: "ServiceAccount", name: "curl", namespace: "curl"),
                    destinations: [.init(kind: "Service", name: "httpbin", namespace: "httpbin")],
                    policy: .init(
                        retryOn: "5xx, gateway-error,5xx", numRetries: 4, perTryTimeout: "1.5s",
                        retryBackoffBaseInterval: "2ms")))
        #expect(retry.policy.conditions == ["5xx", "gateway-error"])
        #expect(retry.sourceIdentity == ServiceIdentity(namespace: "curl", serviceAccount: "curl"))
        #expect(retry.validate() == [])
    }

    @Test("takes omitted namespaces as its own, and omitted names as every service")
    func scopes() throws {
        let retry = Retry(
            metadata: ObjectMetadata(name: "x", namespace: "n"),
            source: .init(kind: "ServiceAccount", name: "c"),
            destinations: [
                .init(kind: "Service", name: "s"), .init(kind: "Service", name: "s", namespace: "m"),
                .init(kind: "Service", name: "*"), .init(kind: "Service", name: "", namespace: "m"),
                .init(kind: "Service", name: "*", namespace: "*"), .init(kind: "Service", name: "", namespace: "*"),
            ], policy: .init(retryOn: "5xx", numRetries: 1))
        #expect(retry.sourceIdentity == ServiceIdentity(namespace: "n", serviceAccount: "c"))
        #expect(
            retry.scopes == [
                .service(ObjectName(namespace: "n", name: "s")), .service(ObjectName(namespace: "m", name: "s")),
                .namespace("n"), .namespace("m"), .mesh, .mesh,
            ])
        #expect(retry.validate() == [])
    }

    @Test(
        "with a value of the wrong type cannot be read",
        arguments: [
            ("numRetries: 1.5", "spec.retryPolicy.numRetries"), ("numRetries: many", "spec.retryPolicy.numRetries"),
            ("retryOn: [5xx]", "spec.retryPolicy.retryOn"),
            ("retriableStatusCodes: 503", "spec.retryPolicy.retriableStatusCodes"),
        ])
    func wrongType(field: String, path: String) throws {
        let problem = try decodingProblem(
            Retry.self, "{metadata: {name: x, namespace: n}, spec: {retryPolicy: {\(field)}}}")
        #expect(problem?.path == path)
    }
}

import ManifestSource
import MeshModel
import PolicyAnalysis
import Testing

/// What people read, on one small mesh.
@Suite("An explanation")
struct ExplanationTests {
    private let mesh: CompiledMesh

    init() throws {
        let check = ManifestCheck([try ManifestCase.file("base"), ManifestFile(name: "more.yaml", text: Self.more)])
        mesh = CompiledMesh(PlannedMesh(check).contents)
    }

    private static let more = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: thief, namespace: web}
        spec:
          selector: {matchLabels: {app: thief}}
          template:
            metadata: {labels: {app: thief}}
            spec: {serviceAccountName: thief, containers: [{name: app}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: db, namespace: shop}
        spec:
          selector: {app: store}
          ports: [{name: tcp-db, port: 5432, targetPort: 5432}]
        ---
        apiVersion: v1
        kind: Namespace
        metadata: {name: other}
        """

    private func ask(
        _ client: String, _ service: String, _ request: RequestDescription = RequestDescription()
    ) throws -> FlowExplanation {
        func name(_ text: String) -> ObjectName {
            let parts = text.split(separator: "/").map(String.init)
            return ObjectName(namespace: parts[0], name: parts[1])
        }
        let answers = mesh.explain(
            FlowQuestion(
                client: ServiceIdentity(namespace: name(client).namespace, serviceAccount: name(client).name),
                service: name(service), request: request))
        return try #require(answers.first)
    }

    @Test("names the rule and the match that allow a call")
    func allowed() throws {
        let answer = try ask("web/front", "shop/store", .init(method: "GET", path: "/books?page=2"))
        #expect(
            answer.lines == [
                "ALLOWED  web/front -> shop/store:80 (HTTP) GET /books?page=2",
                "  allowed by TrafficTarget shop/store",
                "",
                "  How it goes",
                "    1. the client's proxy knows shop/store:80 at 100.115.130.50:80, read as HTTP  "
                    + "[Service shop/store]",
                "    2. port 8080 of shop/store (shop/store-0), called as shop/store: allowed  "
                    + "[HTTPRouteGroup shop/routes, TrafficTarget shop/store]",
                "",
                "  Decided by",
                "    TrafficTarget shop/store spec.rules[0] -> HTTPRouteGroup shop/routes spec.matches[0] `books`",
            ])
    }

    @Test("names the nearest miss, and what would allow the call")
    func denied() throws {
        let answer = try ask("web/front", "shop/store", .init(method: "POST", path: "/books"))
        #expect(answer.verdict == .denied)
        #expect(answer.summary == "the server's proxy answers 403: no TrafficTarget allows it")
        let nearest = try #require(answer.nearMisses.first)
        #expect(nearest.target.description == "TrafficTarget shop/store")
        #expect(nearest.match == "books")
        #expect(nearest.misses.map(\.words) == ["method GET, not POST"])
        #expect(nearest.misses.map(\.path) == ["spec.matches[0].methods"])
        let remedy = try #require(answer.remedy)
        #expect(
            remedy.advice
                == "Edit spec.matches[0].methods of HTTPRouteGroup shop/routes; or apply what allows just this:")
        #expect(
            remedy.manifest == """
                apiVersion: specs.smi-spec.io/v1alpha4
                kind: HTTPRouteGroup
                metadata:
                  name: front-to-store
                  namespace: shop
                spec:
                  matches:
                  - name: wanted
                    pathRegex: "/books"
                    methods: ["POST"]
                ---
                apiVersion: access.smi-spec.io/v1alpha3
                kind: TrafficTarget
                metadata:
                  name: front-to-store
                  namespace: shop
                spec:
                  destination:
                    kind: ServiceAccount
                    name: store
                    namespace: shop
                  sources:
                  - kind: ServiceAccount
                    name: front
                    namespace: web
                  rules:
                  - kind: HTTPRouteGroup
                    name: front-to-store

                """)
    }

    @Test("says what is not known of a request")
    func open() throws {
        let answer = try ask("web/front", "shop/store")
        #expect(answer.verdict == .depends)
        #expect(answer.summary == "some requests are allowed, others are not")
        #expect(answer.grounds.map(\.conditions) == [["path `/books`", "method GET"]])
    }

    @Test("tells a client that no policy names")
    func stranger() throws {
        let answer = try ask("web/thief", "shop/store", .init(method: "GET", path: "/books"))
        #expect(answer.verdict == .denied)
        #expect(answer.outcomes == [.noListener(leavesMesh: false)])
        #expect(answer.nearMisses.first?.misses.map(\.words) == ["lists web/front, not web/thief"])
        #expect(answer.remedy?.advice.hasPrefix("Edit spec.sources of TrafficTarget shop/store") == true)
    }

    @Test("wants a TCPRoute for a TCP port")
    func tcp() throws {
        let answer = try ask("web/front", "shop/db")
        #expect(answer.verdict == .denied)
        #expect(answer.remedy?.manifest.contains("kind: TCPRoute") == true)
        #expect(answer.remedy?.manifest.contains("ports: [5432]") == true)
        let words = try #require(answer.nearMisses.first?.misses.first).words
        #expect(words == "selects HTTP requests, but the port is TCP: it takes a TCPRoute")
    }

    @Test("tells what is in the way before any policy")
    func obstacles() throws {
        let outside = try ask("other/x", "shop/store")
        #expect(outside.verdict == .denied)
        #expect(outside.remedy?.commands.first == "osm namespace add other")
        #expect(try ask("web/front", "shop/missing").summary == "there is no Service shop/missing, only db, store")
        #expect(
            try ask("web/front", "web/missing").summary
                == "there is no Service web/missing, nor any other in the namespace")
        #expect(try ask("web/front", "other/missing").verdict == .unavailable)
        let port = mesh.explain(
            .init(
                client: ServiceIdentity(namespace: "web", serviceAccount: "front"),
                service: ObjectName(namespace: "shop", name: "store"), port: 81))
        #expect(port.map(\.summary) == ["Service shop/store has no TCP port 81, only 80"])
        let nobody = try ask("web/nobody", "shop/store")
        #expect(nobody.remarks == ["no pod runs as web/nobody now: this is what one would meet"])
        #expect(mesh.contents.pods.count == 3)
    }

    @Test("tells a client from outside of the mesh what may let it in")
    func ingress() throws {
        let other = CompiledMesh(mesh.contents)
        var set = ManifestSet()
        let entry = """
            apiVersion: policy.openservicemesh.io/v1alpha1
            kind: IngressBackend
            metadata: {name: gate, namespace: shop}
            spec:
              backends: [{name: store, port: {number: 8080, protocol: http}}]
              sources: [{kind: IPRange, name: 10.1.0.0/16}]
            """
        other.apply(set.read([ManifestFile(name: "gate.yaml", text: entry)]).tableChanges)
        func ask(_ service: String) throws -> FlowExplanation {
            try #require(
                other.explain(
                    .init(
                        client: ServiceIdentity(namespace: "other", serviceAccount: "x"),
                        service: ObjectName(namespace: "shop", name: service))
                ).first)
        }
        let answer = try ask("store")
        #expect(answer.verdict == .depends)
        #expect(answer.grounds.map(\.text) == ["IngressBackend shop/gate spec.backends, if http from 10.1.0.0/16"])
        #expect(answer.remedy?.commands.first == "osm namespace add other")
        #expect(try ask("db").verdict == .denied)
    }

    @Test("answers a path as proxies read it")
    func paths() throws {
        #expect(try ask("web/front", "shop/store", .init(method: "GET", path: "/x/..//books")).verdict == .allowed)
        let escaped = try ask("web/front", "shop/store", .init(method: "GET", path: "/a%2Fbooks"))
        #expect(escaped.summary == "the client's proxy answers 400: the path has an escaped slash, `%2f`")
    }
}

import MeshModel
import Testing

@Suite("Telemetry")
struct TelemetryTests {
    private static let collector = "extensionService: {namespace: m, name: otel}"

    private static func format(_ description: String, _ text: String, _ paths: String...) -> Manifest {
        let quoted = text.replacing("'", with: "''")
        let spec = "{metadata: {name: x, namespace: n}, spec: {accessLog: {format: '\(quoted)'}}}"
        return paths.isEmpty ? Manifest(description, whole: spec) : Manifest(description, whole: spec, paths[0])
    }

    private static let manifests = [
        Manifest("nothing", ""),
        Manifest("no spec", whole: "{metadata: {name: x, namespace: n}}"),
        Manifest("an empty selector and no access log", "selector: {}"),
        Manifest("an access log without a format", "accessLog: {}"),
        Manifest("an access log of null", "accessLog: null"),
        Manifest("a selector", "selector: {app: x, tier: web}, accessLog: {}"),
        format("a text", "[%START_TIME%] %REQ(:METHOD)% %REQ_WITHOUT_QUERY(X-ENVOY-ORIGINAL-PATH?:PATH)% 100%%\n"),
        format("a JSON object", #"{"code": "%RESPONSE_CODE%", "n": 1, "deep": {"flags": ["%RESPONSE_FLAGS%"]}}"#),
        format("an empty JSON object", "{}"),
        format("a JSON list, which is a text", #"["%RESPONSE_CODE%"]"#),
        format("an empty text", "", "spec.accessLog.format"),
        format("a percent sign alone", "100%", "spec.accessLog.format"),
        format("an unknown operator", "%NO_SUCH_THING%", "spec.accessLog.format"),
        format("an unknown operator in JSON", #"{"a": {"b": ["%NO_SUCH_THING%"]}}"#, "spec.accessLog.format"),
        format("two mistakes in JSON", #"{"a": "%A%"}"#, "spec.accessLog.format"),
        format("an argument where none may be", "%DURATION(x)%", "spec.accessLog.format"),
        format("a program, which cannot be checked", "%CEL(request.path)%", "spec.accessLog.format"),
        format("a long text", String(repeating: "x", count: 16385), "spec.accessLog.format"),
        format("the longest text", String(repeating: "x", count: 16384)),
        format(
            "deep JSON", String(repeating: #"{"a":"#, count: 17) + "1" + String(repeating: "}", count: 17),
            "spec.accessLog.format"),
        format("deeper JSON than any reader takes", String(repeating: #"{"a":"#, count: 3000)),
        Manifest("a collector", "accessLog: {openTelemetry: {\(collector)}}"),
        Manifest(
            "a collector and attributes", "accessLog: {openTelemetry: {\(collector), attributes: {a: '%HOSTNAME%'}}}"),
        Manifest(
            "a collector without a name", "accessLog: {openTelemetry: {}}",
            "spec.accessLog.openTelemetry.extensionService.namespace",
            "spec.accessLog.openTelemetry.extensionService.name"),
        Manifest(
            "a collector that is no name", "accessLog: {openTelemetry: {extensionService: {namespace: M, name: a/b}}}",
            "spec.accessLog.openTelemetry.extensionService.namespace",
            "spec.accessLog.openTelemetry.extensionService.name"),
        Manifest(
            "101 attributes",
            "accessLog: {openTelemetry: {\(collector), attributes: {\((0...100).map { "a\($0): b" }.joined(separator: ","))}}}",
            "spec.accessLog.openTelemetry.attributes"),
        Manifest(
            "a long attribute",
            "accessLog: {openTelemetry: {\(collector), attributes: {a: '\(String(repeating: "b", count: 20_000))'}}}",
            "spec.accessLog.openTelemetry.attributes"),
        Manifest(
            "bad attributes",
            "accessLog: {openTelemetry: {\(collector), attributes: {'': a, b: '%', c: '%NO%', d: '%%'}}}",
            "spec.accessLog.openTelemetry.attributes", "spec.accessLog.openTelemetry.attributes[b]",
            "spec.accessLog.openTelemetry.attributes[c]"),
        Manifest("a bad name", whole: "{metadata: {name: X, namespace: n}, spec: {}}", "metadata.name"),
    ]

    @Test("has the problems that are in it", arguments: manifests)
    func validation(manifest: Manifest) throws {
        #expect(try problemPaths(Telemetry.self, in: manifest) == manifest.paths)
    }

    @Test(
        "cannot be read where a field has the wrong type, and says which",
        arguments: [
            ("selector: [a]", "spec.selector"), ("selector: {a: {b: c}}", "spec.selector.a"),
            ("accessLog: x", "spec.accessLog"), ("accessLog: {format: {a: b}}", "spec.accessLog.format"),
            ("accessLog: {openTelemetry: x}", "spec.accessLog.openTelemetry"),
            (
                "accessLog: {openTelemetry: {\(collector), attributes: {a: [b]}}}",
                "spec.accessLog.openTelemetry.attributes.a"
            ),
        ])
    func unreadable(spec: String, path: String) throws {
        let problem = try decodingProblem(Telemetry.self, "{metadata: {name: x, namespace: n}, spec: {\(spec)}}")
        #expect(problem?.path == path)
    }

    @Test("selects the pods that have all its labels")
    func selection() {
        let selector = Telemetry(metadata: ObjectMetadata(name: "x"), selector: ["a": "1", "b": "2"])
        #expect(selector.selects(["a": "1", "b": "2", "c": "3"]))
        #expect(!selector.selects(["a": "1"]))
        #expect(!selector.selects(["a": "1", "b": "3"]))
        #expect(Telemetry(metadata: ObjectMetadata(name: "x")).selects([:]))
    }
}

import MeshModel
import Testing

@Suite("ExtensionService")
struct ExtensionServiceTests {
    private static let manifests = [
        Manifest("the least there must be", "host: otel.m.svc.cluster.local, port: 4317"),
        Manifest("everything", "host: otel, port: 1, protocol: h2c, connectTimeout: 500ms"),
        Manifest("an address", "host: 10.0.0.1, port: 65535, protocol: http1"),
        Manifest("an address of IPv6", "host: 'fd00::1', port: 1, protocol: HTTP2"),
        Manifest("a name in capitals, with a dot at the end", "host: Otel.Example.COM., port: 1"),
        Manifest("nothing", "", "spec.host", "spec.port"),
        Manifest("an empty host", "host: '', port: 1", "spec.host"),
        Manifest("a host with a port", "host: 'otel:4317', port: 1", "spec.host"),
        Manifest("a host with a scheme", "host: 'http://otel', port: 1", "spec.host"),
        Manifest("a host with blanks", "host: 'a b', port: 1", "spec.host"),
        Manifest("a long host", "host: \(String(repeating: "a.", count: 130))a, port: 1", "spec.host"),
        Manifest("a port of 0", "host: otel, port: 0", "spec.port"),
        Manifest("a great port", "host: otel, port: 65536", "spec.port"),
        Manifest("a negative port", "host: otel, port: -1", "spec.port"),
        Manifest("an unknown protocol", "host: otel, port: 1, protocol: grpc", "spec.protocol"),
        Manifest("a time limit that is none", "host: otel, port: 1, connectTimeout: 5", "spec.connectTimeout"),
        Manifest("a time limit of zero", "host: otel, port: 1, connectTimeout: 0s", "spec.connectTimeout"),
        Manifest("a negative time limit", "host: otel, port: 1, connectTimeout: -5s", "spec.connectTimeout"),
        Manifest("a bad name", whole: "{metadata: {name: X, namespace: n}, spec: {host: a, port: 1}}", "metadata.name"),
    ]

    @Test("has the problems that are in it", arguments: manifests)
    func validation(manifest: Manifest) throws {
        #expect(try problemPaths(ExtensionService.self, in: manifest) == manifest.paths)
    }

    @Test(
        "cannot be read where a field has the wrong type, and says which",
        arguments: [
            ("host: [a], port: 1", "spec.host"), ("host: a, port: x", "spec.port"), ("host: a, port: 1.5", "spec.port"),
            ("host: a, port: 1, connectTimeout: {}", "spec.connectTimeout"),
        ])
    func unreadable(spec: String, path: String) throws {
        let problem = try decodingProblem(ExtensionService.self, "{metadata: {name: x, namespace: n}, spec: {\(spec)}}")
        #expect(problem?.path == path)
    }

    @Test(
        "speaks HTTP/2 unless it says otherwise",
        arguments: [("", .h2c), ("h2c", .h2c), ("http2", .http2), ("HTTP1", .http1), ("grpc", nil)]
            as [(String, ExtensionService.WireFormat?)])
    func wireFormat(text: String, expected: ExtensionService.WireFormat?) {
        let service = ExtensionService(
            metadata: ObjectMetadata(name: "x"), host: "a", port: 1, spokenProtocol: text)
        #expect(service.wireFormat == expected)
    }
}

import MeshModel
import Testing

@Suite("UpstreamTrafficSetting")
struct UpstreamTrafficSettingTests {
    private static let year = "8760h"

    private static let hosts = [
        Manifest("the least there must be", "host: s"),
        Manifest("no host", "", "spec.host"),
        Manifest("an empty host", "host: ''", "spec.host"),
        Manifest("a service of another namespace", "host: s.m.svc.cluster.local", "spec.host"),
        Manifest("the same, shorter", "host: s.m.svc", "spec.host"),
        Manifest("an external host", "host: www.example.com"),
        Manifest("an external host that begins with any label", "host: '*.example.com'"),
        Manifest("an address", "host: 192.0.2.1"),
        Manifest("an address of IPv6", "host: '2001:db8::1'"),
        Manifest("an asterisk", "host: '*'", "spec.host"),
        Manifest("a host with a space", "host: 'a b'", "spec.host"),
        Manifest("a host with a port", "host: 'example.com:80'", "spec.host"),
        Manifest("a host that is too long", "host: \(String(repeating: "a", count: 254))", "spec.host"),
        Manifest("a bad name", whole: "{metadata: {name: X, namespace: n}, spec: {host: s}}", "metadata.name"),
    ]

    private static let connections = [
        Manifest(
            "everything set",
            "host: s, connectionSettings: {tcp: {maxConnections: 0, connectTimeout: 5s, idleTimeout: 1h}, http: "
                + "{maxRequests: 1, maxRequestsPerConnection: 0, maxPendingRequests: 4294967295, maxRetries: 0, "
                + "requestTimeout: 0s, idleTimeout: 500ms}}, outlierDetection: {consecutive5xx: 0, "
                + "consecutiveGatewayErrors: 5, interval: 10s, baseEjectionTime: 30s, maxEjectionPercent: 100}, "
                + "healthCheck: {path: /healthz?a=b, port: 65535, interval: 1s, timeout: 1s, healthyThreshold: 1, "
                + "unhealthyThreshold: 3}, loadBalancing: {policy: ringHash, hash: {cookie: {name: c, ttl: 0s}}, "
                + "preferLocality: true}, retryBudget: {percent: 0, minConcurrency: 0}"),
        Manifest(
            "numbers below 0 or above 32 bits",
            "host: s, connectionSettings: {tcp: {maxConnections: -1}, http: {maxRequests: 4294967296, "
                + "maxRequestsPerConnection: -1, maxPendingRequests: -1, maxRetries: \(Int.max)}}",
            "spec.connectionSettings.tcp.maxConnections", "spec.connectionSettings.http.maxRequests",
            "spec.connectionSettings.http.maxRequestsPerConnection",
            "spec.connectionSettings.http.maxPendingRequests", "spec.connectionSettings.http.maxRetries"),
        Manifest(
            "times that are none, negative or without end",
            "host: s, connectionSettings: {tcp: {connectTimeout: soon, idleTimeout: -1s}, http: "
                + "{requestTimeout: 1d, idleTimeout: 8761h}}",
            "spec.connectionSettings.tcp.connectTimeout", "spec.connectionSettings.tcp.idleTimeout",
            "spec.connectionSettings.http.requestTimeout", "spec.connectionSettings.http.idleTimeout"),
        Manifest(
            "no time to connect", "host: s, connectionSettings: {tcp: {connectTimeout: 0s}}",
            "spec.connectionSettings.tcp.connectTimeout"),
        Manifest("empty times", "host: s, connectionSettings: {tcp: {connectTimeout: '', idleTimeout: ''}}"),
        Manifest("a year", "host: s, connectionSettings: {tcp: {idleTimeout: \(year)}}"),
        Manifest("nulls", "host: s, connectionSettings: {tcp: null, http: {maxRequests: null}}, rateLimit: null"),
        Manifest(
            "bad outlier detection",
            "host: s, outlierDetection: {consecutive5xx: -1, consecutiveGatewayErrors: -1, interval: 0s, "
                + "baseEjectionTime: x, maxEjectionPercent: 101}",
            "spec.outlierDetection.consecutive5xx", "spec.outlierDetection.consecutiveGatewayErrors",
            "spec.outlierDetection.interval", "spec.outlierDetection.baseEjectionTime",
            "spec.outlierDetection.maxEjectionPercent"),
        Manifest(
            "too often",
            "host: s, outlierDetection: {interval: 49ms, baseEjectionTime: 1us}, healthCheck: {interval: 1ns, timeout: 1us}",
            "spec.outlierDetection.interval", "spec.outlierDetection.baseEjectionTime", "spec.healthCheck.interval",
            "spec.healthCheck.timeout"),
        Manifest(
            "often",
            "host: s, outlierDetection: {interval: 50ms, baseEjectionTime: 50ms}, healthCheck: {interval: 50ms, timeout: 1ms}"
        ),
        Manifest(
            "a bad health check",
            "host: s, healthCheck: {path: healthz, port: 0, interval: 0s, timeout: -1s, healthyThreshold: 0, "
                + "unhealthyThreshold: 0}",
            "spec.healthCheck.path", "spec.healthCheck.port", "spec.healthCheck.interval",
            "spec.healthCheck.timeout", "spec.healthCheck.healthyThreshold", "spec.healthCheck.unhealthyThreshold"),
        Manifest("a path with a space", "host: s, healthCheck: {path: '/a b'}", "spec.healthCheck.path"),
        Manifest("a path with a line end", "host: s, healthCheck: {path: \"/a\\r\\nb\"}", "spec.healthCheck.path"),
        Manifest(
            "a path that is too long", "host: s, healthCheck: {path: /\(String(repeating: "a", count: 1024))}",
            "spec.healthCheck.path"),
        Manifest("a check of TCP on a port", "host: s, healthCheck: {port: 8080}"),
        Manifest("an unknown policy", "host: s, loadBalancing: {policy: random}", "spec.loadBalancing.policy"),
        Manifest("a ring without a hash", "host: s, loadBalancing: {policy: ringHash}", "spec.loadBalancing.hash"),
        Manifest(
            "a hash without a ring", "host: s, loadBalancing: {hash: {header: a}}", "spec.loadBalancing.hash"),
        Manifest(
            "an empty hash", "host: s, loadBalancing: {policy: ringHash, hash: {}}", "spec.loadBalancing.hash"),
        Manifest(
            "two hashes", "host: s, loadBalancing: {policy: ringHash, hash: {header: a, sourceIP: true}}",
            "spec.loadBalancing.hash"),
        Manifest(
            "a hash switched off", "host: s, loadBalancing: {policy: ringHash, hash: {sourceIP: false}}",
            "spec.loadBalancing.hash.sourceIP"),
        Manifest(
            "a hash on no header", "host: s, loadBalancing: {policy: ringHash, hash: {header: 'a b'}}",
            "spec.loadBalancing.hash.header"),
        Manifest(
            "a bad cookie", "host: s, loadBalancing: {policy: ringHash, hash: {cookie: {name: 'a;b', ttl: -1s}}}",
            "spec.loadBalancing.hash.cookie.name", "spec.loadBalancing.hash.cookie.ttl"),
        Manifest(
            "a bad budget", "host: s, retryBudget: {percent: 101, minConcurrency: -1}", "spec.retryBudget.percent",
            "spec.retryBudget.minConcurrency"),
    ]

    @Test("has the problems that are in its host", arguments: hosts)
    func hostValidation(manifest: Manifest) throws {
        #expect(try problemPaths(UpstreamTrafficSetting.self, in: manifest) == manifest.paths)
    }

    @Test("has the problems that are in what clients do", arguments: connections)
    func connectionValidation(manifest: Manifest) throws {
        #expect(try problemPaths(UpstreamTrafficSetting.self, in: manifest) == manifest.paths)
    }

    @Test(
        "names its Service in any of five spellings and in any case",
        arguments: [
            ("s", "n/s"), ("s.n", "n/s"), ("s.n.svc", "n/s"), ("s.n.svc.cluster", "n/s"),
            ("s.n.svc.cluster.local", "n/s"), ("S.N.Svc.Cluster.Local", "n/s"), ("s.m", nil), ("example.com", nil),
            ("s.m.svc.cluster.local", nil), ("s.n.svc.cluster.local.", nil), ("s.n.svc.other", nil), ("s.", nil),
            (".n", nil), ("", nil), ("*.n", nil),
        ] as [(String, String?)])
    func service(text: String, expected: String?) {
        let setting = UpstreamTrafficSetting(metadata: ObjectMetadata(name: "x", namespace: "n"), host: text)
        #expect(setting.service?.description == expected)
    }

    @Test(
        "with a field of a wrong type cannot be read",
        arguments: [
            ("host: [s]", "spec.host"),
            (
                "host: s, connectionSettings: {tcp: {maxConnections: many}}",
                "spec.connectionSettings.tcp.maxConnections"
            ),
            ("host: s, connectionSettings: {tcp: {maxConnections: 1.5}}", "spec.connectionSettings.tcp.maxConnections"),
            ("host: s, connectionSettings: {tcp: {connectTimeout: [5]}}", "spec.connectionSettings.tcp.connectTimeout"),
            ("host: s, connectionSettings: []", "spec.connectionSettings"),
            ("host: s, healthCheck: {port: http}", "spec.healthCheck.port"),
            ("host: s, loadBalancing: {preferLocality: 3}", "spec.loadBalancing.preferLocality"),
            ("host: s, loadBalancing: {hash: {cookie: {}}}", "spec.loadBalancing.hash.cookie.name"),
            ("host: s, rateLimit: {local: {http: {unit: second}}}", "spec.rateLimit.local.http.requests"),
            ("host: s, rateLimit: {local: {http: {requests: 3}}}", "spec.rateLimit.local.http.unit"),
            ("host: s, rateLimit: {local: {tcp: {unit: second}}}", "spec.rateLimit.local.tcp.connections"),
            ("host: s, rateLimit: {global: {http: {domain: d}}}", "spec.rateLimit.global.http.rateLimitService"),
            (
                "host: s, rateLimit: {global: {tcp: {domain: d, rateLimitService: {host: h, port: 1}}}}",
                "spec.rateLimit.global.tcp.descriptors"
            ),
            ("host: s, httpRoutes: [{rateLimit: {}}]", "spec.httpRoutes[0].path"),
            ("host: s, httpRoutes: {path: /a}", "spec.httpRoutes"),
        ])
    func unreadable(spec: String, path: String) throws {
        let problem = try decodingProblem(
            UpstreamTrafficSetting.self, "{metadata: {name: x, namespace: n}, spec: {\(spec)}}")
        #expect(problem?.path == path)
    }

    @Test("has its times as they are meant")
    func durations() throws {
        let setting = try read(
            UpstreamTrafficSetting.self,
            """
            metadata: {name: x, namespace: n}
            spec:
              host: s
              connectionSettings: {tcp: {connectTimeout: 1m30s, idleTimeout: ''}}
            """)
        #expect(setting.connectionSettings?.tcp?.connectTimeout?.duration == .seconds(90))
        #expect(setting.connectionSettings?.tcp?.idleTimeout?.duration == nil)
        #expect(setting.loadBalancing == nil)
        #expect(UpstreamTrafficSetting.LoadBalancing().effectivePolicy == .roundRobin)
    }
}

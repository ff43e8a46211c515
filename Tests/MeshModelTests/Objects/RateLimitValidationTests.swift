import MeshModel
import Testing

@Suite("Rate limits of an UpstreamTrafficSetting")
struct RateLimitValidationTests {
    private static let long = String(repeating: "a", count: 1025)
    private static let service = "rateLimitService: {host: h, port: 8081}, domain: d"

    /// A setting with local limits.
    private static func limited(_ description: String, _ limits: String, _ fields: String...) -> Manifest {
        .init(description, "host: s, rateLimit: {local: {\(limits)}}", at: fields, below: "spec.rateLimit.local.")
    }

    /// A setting with a global limit of requests of one descriptor with one part.
    private static func described(_ description: String, _ entry: String, _ fields: String...) -> Manifest {
        .init(
            description, "host: s, rateLimit: {global: {http: {\(service), descriptors: [{entries: [\(entry)]}]}}}",
            at: fields, below: "spec.rateLimit.global.http.descriptors[0].entries[0]")
    }

    private static let locals = [
        limited("a limit of connections", "tcp: {connections: 1, unit: second}"),
        limited("everything of connections", "tcp: {connections: 1, unit: hour, burst: 0}"),
        limited("no connections", "tcp: {connections: 0, unit: second}", "tcp.connections"),
        limited("less than none", "tcp: {connections: -1, unit: second, burst: -1}", "tcp.connections", "tcp.burst"),
        limited("too many", "tcp: {connections: 4294967296, unit: minute}", "tcp.connections"),
        limited("the most", "tcp: {connections: 4294967294, unit: minute, burst: 1}"),
        limited("too many together", "tcp: {connections: 4294967295, unit: minute, burst: 1}", "tcp.burst"),
        limited(
            "the greatest numbers there are", "tcp: {connections: \(Int.max), unit: minute, burst: \(Int.max)}",
            "tcp.connections", "tcp.burst"),
        limited("an unknown unit", "tcp: {connections: 1, unit: day}", "tcp.unit"),
        limited("an empty unit", "http: {requests: 1, unit: ''}", "http.unit"),
        limited("a unit in capitals", "http: {requests: 1, unit: Second}", "http.unit"),
        limited(
            "everything of requests",
            "http: {requests: 1, unit: hour, burst: 5, responseStatusCode: 503, responseHeadersToAdd: "
                + "[{name: x-a, value: '100%'}]}"),
        limited("the status of the default", "http: {requests: 1, unit: hour, responseStatusCode: 0}"),
        limited("no refusal", "http: {requests: 1, unit: hour, responseStatusCode: 200}", "http.responseStatusCode"),
        limited("no status", "http: {requests: 1, unit: hour, responseStatusCode: 600}", "http.responseStatusCode"),
        limited(
            "a status that is not registered", "http: {requests: 1, unit: hour, responseStatusCode: 499}",
            "http.responseStatusCode"),
        limited(
            "bad headers",
            "http: {requests: 1, unit: hour, responseHeadersToAdd: [{name: '', value: a}, {name: 'a b', value: a}, "
                + "{name: ':status', value: '200'}, {name: Host, value: a}, {name: a, value: ''}, "
                + "{name: a, value: \"a\\r\\nb\"}, {name: a, value: \"a\\0b\"}, {name: a, value: \(long)}]}",
            "http.responseHeadersToAdd[0].name", "http.responseHeadersToAdd[1].name",
            "http.responseHeadersToAdd[2].name", "http.responseHeadersToAdd[3].name",
            "http.responseHeadersToAdd[4].value", "http.responseHeadersToAdd[5].value",
            "http.responseHeadersToAdd[6].value", "http.responseHeadersToAdd[7].value"),
        limited(
            "more headers than a proxy takes",
            "http: {requests: 1, unit: hour, responseHeadersToAdd: ["
                + (1...11).map { "{name: x-\($0), value: a}" }.joined(separator: ", ") + "]}",
            "http.responseHeadersToAdd"),
    ]

    private static let globals = [
        Manifest("a limit of requests", "host: s, rateLimit: {global: {http: {\(service)}}}"),
        Manifest(
            "everything of requests",
            "host: s, rateLimit: {global: {http: {\(service), timeout: 20ms, failOpen: false, "
                + "enableXRateLimitHeaders: true, responseStatusCode: 429, descriptors: [{entries: "
                + "[{remoteAddress: {}}]}]}}}"),
        Manifest(
            "bad values of requests",
            "host: s, rateLimit: {global: {http: {rateLimitService: {host: 'a b', port: 65536}, domain: '', "
                + "timeout: 0s, responseStatusCode: 1, descriptors: [{entries: []}]}}}",
            at: [
                "rateLimitService.host", "rateLimitService.port", "domain", "timeout", "descriptors[0].entries",
                "responseStatusCode",
            ], below: "spec.rateLimit.global.http."),
        Manifest(
            "everything of connections",
            "host: s, rateLimit: {global: {tcp: {\(service), timeout: 1s, failOpen: true, descriptors: "
                + "[{entries: [{key: a, value: b}]}]}}}"),
        Manifest(
            "bad values of connections",
            "host: s, rateLimit: {global: {tcp: {rateLimitService: {host: '', port: 0}, domain: \(long), "
                + "timeout: soon, descriptors: []}}}",
            at: ["rateLimitService.host", "rateLimitService.port", "domain", "timeout", "descriptors"],
            below: "spec.rateLimit.global.tcp."),
        Manifest(
            "bad parts of connections",
            "host: s, rateLimit: {global: {tcp: {\(service), descriptors: [{entries: []}, {entries: "
                + "[{key: '', value: ''}, {key: \(long), value: a}]}]}}}",
            at: ["[0].entries", "[1].entries[0].key", "[1].entries[0].value", "[1].entries[1].key"],
            below: "spec.rateLimit.global.tcp.descriptors"),
        Manifest(
            "too many descriptors",
            "host: s, rateLimit: {global: {http: {\(service), descriptors: ["
                + Array(repeating: "{entries: [{remoteAddress: {}}]}", count: 51).joined(separator: ", ") + "]}}}",
            "spec.rateLimit.global.http.descriptors"),
        described("a fixed value", "{genericKey: {value: a}}"),
        described("a fixed value under the default's key", "{genericKey: {value: a, key: ''}}"),
        described(
            "an empty fixed value", "{genericKey: {value: '', key: \(long)}}", ".genericKey.value", ".genericKey.key"),
        described("nothing", "{}", ""),
        described("two sorts", "{genericKey: {value: a}, remoteAddress: {}}", ""),
        described("a header", "{requestHeader: {name: ':path', key: p}}"),
        described("no header", "{requestHeader: {name: 'a b', key: ''}}", ".requestHeader.name", ".requestHeader.key"),
        described("no name", "{requestHeader: {name: '', key: a}}", ".requestHeader.name"),
        described(
            "every condition",
            "{headerValueMatch: {value: v, key: k, expectMatch: false, headers: [{name: a, exact: ''}, "
                + "{name: a, prefix: p}, {name: a, suffix: s}, {name: a, regex: 'r+'}, {name: a, contains: c}, "
                + "{name: a, present: false}]}}"),
        described("no conditions", "{headerValueMatch: {value: v, headers: []}}", ".headerValueMatch.headers"),
        described(
            "bad conditions",
            "{headerValueMatch: {value: '', headers: [{name: a}, {name: '', exact: a}, {name: a, exact: a, regex: a}, "
                + "{name: a, regex: '('}, {name: a, prefix: ''}, {name: a, suffix: ''}, {name: a, contains: ''}]}}",
            ".headerValueMatch.value", ".headerValueMatch.headers[0]", ".headerValueMatch.headers[1].name",
            ".headerValueMatch.headers[2]", ".headerValueMatch.headers[3].regex",
            ".headerValueMatch.headers[4].prefix", ".headerValueMatch.headers[5].suffix",
            ".headerValueMatch.headers[6].contains"),
    ]

    private static let routes = [
        Manifest("a route without limits", "host: s, httpRoutes: [{path: /a}]"),
        Manifest(
            "a route with limits",
            "host: s, rateLimit: {global: {http: {\(service)}}}, httpRoutes: [{path: '/a.*', rateLimit: {local: "
                + "{requests: 1, unit: second}, global: {descriptors: [{entries: [{remoteAddress: {}}]}]}}}]"),
        Manifest(
            "a route that nobody counts",
            "host: s, httpRoutes: [{path: /a, rateLimit: {global: {descriptors: []}}}]",
            "spec.httpRoutes[0].rateLimit.global"),
        Manifest(
            "bad limits of a route",
            "host: s, httpRoutes: [{path: /a}, {path: /b, rateLimit: {local: {requests: 0, unit: x, "
                + "responseStatusCode: 399}}}]",
            at: ["requests", "unit", "responseStatusCode"], below: "spec.httpRoutes[1].rateLimit.local."),
        Manifest("an empty path", "host: s, httpRoutes: [{path: ''}]", "spec.httpRoutes[0].path"),
        Manifest("a path twice", "host: s, httpRoutes: [{path: /a}, {path: /a}]", "spec.httpRoutes[1].path"),
        Manifest("a path that is no expression", "host: s, httpRoutes: [{path: '(('}]", "spec.httpRoutes[0].path"),
        Manifest("a hostile path", "host: s, httpRoutes: [{path: '((a{100}){100}){100}'}]", "spec.httpRoutes[0].path"),
        Manifest("a path that looks ahead", "host: s, httpRoutes: [{path: '/(?=a)'}]", "spec.httpRoutes[0].path"),
        Manifest("a long path", "host: s, httpRoutes: [{path: \(long)}]", "spec.httpRoutes[0].path"),
        Manifest(
            "as many routes as there may be",
            "host: s, httpRoutes: [" + (1...500).map { "{path: /\($0)}" }.joined(separator: ", ") + "]"),
        Manifest(
            "10,000 routes",
            "host: s, httpRoutes: [" + (1...10_000).map { "{path: /\($0)}" }.joined(separator: ", ") + "]",
            "spec.httpRoutes"),
    ]

    @Test("local ones have the problems that are in them", arguments: locals)
    func localValidation(manifest: Manifest) throws {
        #expect(try problemPaths(UpstreamTrafficSetting.self, in: manifest) == manifest.paths)
    }

    @Test("global ones have the problems that are in them", arguments: globals)
    func globalValidation(manifest: Manifest) throws {
        #expect(try problemPaths(UpstreamTrafficSetting.self, in: manifest) == manifest.paths)
    }

    @Test("those of routes have the problems that are in them", arguments: routes)
    func routeValidation(manifest: Manifest) throws {
        #expect(try problemPaths(UpstreamTrafficSetting.self, in: manifest) == manifest.paths)
    }

    @Test(
        "have units of a known length",
        arguments: zip(UpstreamTrafficSetting.RateUnit.allCases, [1, 60, 3600]))
    func units(unit: UpstreamTrafficSetting.RateUnit, seconds: Int) {
        #expect(unit.duration == .seconds(seconds))
    }
}

extension Manifest {
    /// A manifest of an object `n/x` with the given spec and problems at fields of one part of it.
    fileprivate init(_ description: String, _ spec: String, at fields: [String], below path: String) {
        self.init(description, spec)
        paths = fields.map { path + $0 }
    }
}

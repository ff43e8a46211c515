extension UpstreamTrafficSetting {
    /// The most routes: each is an expression that requests are compared with, one after the other.
    static let mostRoutes = 500
    /// The most descriptors of a limit, and the most parts of a descriptor: each request is told in them.
    static let mostDescriptors = 50
    /// The most headers of an answer, which is Envoy's bound on those of a local limit.
    static let mostHeaders = 10
    /// The statuses from 400 to 599 that proxies take (Envoy's `StatusCode`).
    private static let statuses: Set<Int> = Set(400...417).union([421, 422, 423, 424, 426, 428, 429, 431])
        .union(500...508).union([510, 511])

    /// Checks ``rateLimit`` and ``httpRoutes``.
    func checkRateLimits(_ list: inout ProblemList) {
        if let tcp = rateLimit?.local?.tcp { Self.check(tcp, "spec.rateLimit.local.tcp", &list) }
        if let http = rateLimit?.local?.http { Self.check(http, "spec.rateLimit.local.http", &list) }
        if let tcp = rateLimit?.global?.tcp { Self.check(tcp, "spec.rateLimit.global.tcp", &list) }
        if let http = rateLimit?.global?.http { Self.check(http, "spec.rateLimit.global.http", &list) }
        guard httpRoutes.count <= Self.mostRoutes else {
            return list.add(
                "spec.httpRoutes", "has \(httpRoutes.count) routes: at most \(Self.mostRoutes) are allowed")
        }
        var paths: Set<String> = []
        for (index, route) in httpRoutes.enumerated() {
            let path = "spec.httpRoutes[\(index)]"
            if route.path.isEmpty {
                list.add("\(path).path", "is missing: write the pathRegex of an HTTPRouteGroup")
            } else if !paths.insert(route.path).inserted {
                list.add("\(path).path", "`\(route.path)` is an earlier route: write its limits there")
            } else {
                list.checkExpression(route.path, "\(path).path")
            }
            if let local = route.rateLimit?.local { Self.check(local, "\(path).rateLimit.local", &list) }
            guard let global = route.rateLimit?.global else { continue }
            if rateLimit?.global?.http == nil {
                list.add(
                    "\(path).rateLimit.global",
                    "has no meaning without spec.rateLimit.global.http: write there which service is asked")
            }
            Self.check(global.descriptors ?? [], "\(path).rateLimit.global.descriptors", &list)
        }
    }

    private static func check(_ limit: Connections, _ path: String, _ list: inout ProblemList) {
        checkBucket(limit.connections, "connections", limit.unit, limit.burst, path, &list)
    }

    private static func check(_ limit: Requests, _ path: String, _ list: inout ProblemList) {
        checkBucket(limit.requests, "requests", limit.unit, limit.burst, path, &list)
        checkStatus(limit.responseStatusCode, "\(path).responseStatusCode", &list)
        let headers = limit.responseHeadersToAdd ?? []
        if headers.count > mostHeaders {
            list.add(
                "\(path).responseHeadersToAdd", "has \(headers.count) headers: at most \(mostHeaders) are allowed")
        }
        for (index, header) in headers.prefix(mostHeaders).enumerated() {
            let field = "\(path).responseHeadersToAdd[\(index)]"
            list.checkHeaderName(header.name, "\(field).name")
            list.checkHeaderValue(header.value, "\(field).value")
        }
    }

    /// Checks a limit per unit of time and what may come at once beside it.
    private static func checkBucket(
        _ count: Int, _ name: String, _ unit: String, _ burst: Int?, _ path: String, _ list: inout ProblemList
    ) {
        list.checkNumber(count, "\(path).\(name)", WireNumber.positive)
        list.checkWord(unit, "\(path).unit", oneOf: RateUnit.allCases.map(\.rawValue))
        list.checkNumber(burst, "\(path).burst", WireNumber.counts)
        guard WireNumber.positive.contains(count), let burst, WireNumber.counts.contains(burst) else { return }
        if count + burst > WireNumber.counts.upperBound {
            list.add("\(path).burst", "and \(name) add up to more than \(WireNumber.counts.upperBound)")
        }
    }

    private static func checkStatus(_ status: Int?, _ path: String, _ list: inout ProblemList) {
        guard let status, status != 0, !statuses.contains(status) else { return }
        list.add(path, "\(status) is not a status of a refusal: write a registered one from 400 to 599, such as 429")
    }

    private static func check(_ limit: GlobalConnections, _ path: String, _ list: inout ProblemList) {
        checkService(limit.rateLimitService, limit.domain, limit.timeout, path, &list)
        let descriptors = limit.descriptors
        if descriptors.isEmpty {
            list.add("\(path).descriptors", "is empty: write what the service is told of a connection")
        }
        checkCount(descriptors.count, "\(path).descriptors", &list)
        for (index, descriptor) in descriptors.prefix(mostDescriptors).enumerated() {
            let entries = "\(path).descriptors[\(index)].entries"
            if descriptor.entries.isEmpty { list.add(entries, "is empty: write a key and a value") }
            checkCount(descriptor.entries.count, entries, &list)
            for (position, entry) in descriptor.entries.prefix(mostDescriptors).enumerated() {
                list.checkText(entry.key, "\(entries)[\(position)].key")
                list.checkText(entry.value, "\(entries)[\(position)].value")
            }
        }
    }

    private static func check(_ limit: GlobalRequests, _ path: String, _ list: inout ProblemList) {
        checkService(limit.rateLimitService, limit.domain, limit.timeout, path, &list)
        check(limit.descriptors ?? [], "\(path).descriptors", &list)
        checkStatus(limit.responseStatusCode, "\(path).responseStatusCode", &list)
    }

    private static func checkService(
        _ service: RateLimitService, _ domain: String, _ timeout: WrittenDuration?, _ path: String,
        _ list: inout ProblemList
    ) {
        if service.host.isEmpty {
            list.add("\(path).rateLimitService.host", "is missing")
        } else if !DNSName.isSubdomain(service.host.lowercased()), IPAddress(service.host) == nil {
            list.add("\(path).rateLimitService.host", "`\(service.host)` is neither a name nor an address of a host")
        }
        list.checkPort(service.port, "\(path).rateLimitService.port")
        list.checkText(domain, "\(path).domain")
        list.checkDuration(timeout, "\(path).timeout", mustBePositive: true)
    }

    private static func checkCount(_ count: Int, _ path: String, _ list: inout ProblemList) {
        if count > mostDescriptors { list.add(path, "has \(count) entries: at most \(mostDescriptors) are allowed") }
    }

    private static func check(_ descriptors: [RequestDescriptor], _ path: String, _ list: inout ProblemList) {
        checkCount(descriptors.count, path, &list)
        for (index, descriptor) in descriptors.prefix(mostDescriptors).enumerated() {
            let entries = "\(path)[\(index)].entries"
            if descriptor.entries.isEmpty { list.add(entries, "is empty: write what is told of a request") }
            checkCount(descriptor.entries.count, entries, &list)
            for (position, entry) in descriptor.entries.prefix(mostDescriptors).enumerated() {
                check(entry, "\(entries)[\(position)]", &list)
            }
        }
    }

    private static func check(_ entry: RequestDescriptor.Entry, _ path: String, _ list: inout ProblemList) {
        list.checkOne(
            of: [
                "genericKey": entry.genericKey != nil, "remoteAddress": entry.remoteAddress != nil,
                "requestHeader": entry.requestHeader != nil, "headerValueMatch": entry.headerValueMatch != nil,
            ], path)
        if let key = entry.genericKey {
            list.checkText(key.value, "\(path).genericKey.value")
            list.checkText(key.key, "\(path).genericKey.key")
        }
        if let header = entry.requestHeader {
            list.checkHeaderName(header.name, "\(path).requestHeader.name", isOfRequest: true)
            list.checkText(header.key, "\(path).requestHeader.key")
        }
        if let match = entry.headerValueMatch { check(match, "\(path).headerValueMatch", &list) }
    }

    private static func check(_ match: HeaderValueMatch, _ path: String, _ list: inout ProblemList) {
        list.checkText(match.value, "\(path).value")
        list.checkText(match.key, "\(path).key")
        if match.headers.isEmpty { list.add("\(path).headers", "is empty: write what headers must be like") }
        checkCount(match.headers.count, "\(path).headers", &list)
        for (index, header) in match.headers.prefix(mostDescriptors).enumerated() {
            let field = "\(path).headers[\(index)]"
            list.checkHeaderName(header.name, "\(field).name", isOfRequest: true)
            list.checkOne(
                of: [
                    "exact": header.exact != nil, "prefix": header.prefix != nil, "suffix": header.suffix != nil,
                    "regex": header.regex != nil, "contains": header.contains != nil,
                    "present": header.present != nil,
                ], field)
            if let exact = header.exact { list.checkText(exact, "\(field).exact", mayBeEmpty: true) }
            if let prefix = header.prefix { list.checkText(prefix, "\(field).prefix") }
            if let suffix = header.suffix { list.checkText(suffix, "\(field).suffix") }
            if let contains = header.contains { list.checkText(contains, "\(field).contains") }
            if let regex = header.regex { list.checkExpression(regex, "\(field).regex") }
        }
    }
}

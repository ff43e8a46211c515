import MeshModel
import MeshPolicy

extension ServiceLimits {
    /// The limits of a valid setting.
    init(_ setting: UpstreamTrafficSetting) {
        let local = setting.rateLimit?.local
        let global = setting.rateLimit?.global
        self.init(
            connections: local?.tcp.flatMap { TokenRate($0.connections, $0.unit, $0.burst) },
            globalConnections: global?.tcp.flatMap(GlobalConnectionLimit.init),
            requests: RequestLimits(
                local: local?.http.flatMap(LocalRequestLimit.init),
                global: global?.http.flatMap(GlobalRequestLimit.init),
                routes: setting.httpRoutes.compactMap(RouteLimits.init).sorted { $0.rank < $1.rank }))
    }
}

extension TokenRate {
    /// A rate; `nil` of one that is not valid.
    fileprivate init?(_ count: Int, _ unit: String, _ burst: Int?) {
        guard let unit = UpstreamTrafficSetting.RateUnit(rawValue: unit), let number = UInt32(exactly: count),
            let burst = UInt32(exactly: burst ?? 0)
        else { return nil }
        self.init(count: number, burst: burst, interval: unit.duration)
    }
}

extension LocalRequestLimit {
    fileprivate init?(_ limit: UpstreamTrafficSetting.Requests) {
        guard let rate = TokenRate(limit.requests, limit.unit, limit.burst) else { return nil }
        self.init(
            rate: rate, status: limit.responseStatusCode.flatMap { $0 == 0 ? nil : $0 },
            headers: (limit.responseHeadersToAdd ?? []).map { ResponseHeader(name: $0.name, value: $0.value) })
    }
}

extension RouteLimits {
    /// The limits of a route; `nil` of one without limits.
    fileprivate init?(_ route: UpstreamTrafficSetting.HTTPRoute) {
        let local = route.rateLimit?.local.flatMap(LocalRequestLimit.init)
        let descriptors = (route.rateLimit?.global?.descriptors ?? []).map { $0.entries.compactMap(\.meaning) }
        guard local != nil || !descriptors.isEmpty else { return nil }
        self.init(pathRegex: route.path, local: local, descriptors: descriptors)
    }

    /// The more specific first: plain paths before expressions, the longer first, then by their text.
    fileprivate var rank: Rank {
        Rank(
            isExpression: pathRegex.contains { "\\.+*?()|[]{}^$".contains($0) }, length: pathRegex.utf8.count,
            text: pathRegex)
    }

    fileprivate struct Rank: Comparable {
        let isExpression: Bool
        let length: Int
        let text: String

        static func < (left: Rank, right: Rank) -> Bool {
            if left.isExpression != right.isExpression { return right.isExpression }
            return left.length == right.length ? left.text < right.text : left.length > right.length
        }
    }
}

extension RateLimitService {
    fileprivate init?(_ service: UpstreamTrafficSetting.RateLimitService) {
        guard let port = UInt16(exactly: service.port) else { return nil }
        self.init(host: service.host.lowercased(), port: port)
    }
}

extension GlobalConnectionLimit {
    fileprivate init?(_ limit: UpstreamTrafficSetting.GlobalConnections) {
        guard let service = RateLimitService(limit.rateLimitService) else { return nil }
        self.init(
            service: service, timeout: limit.timeout?.duration, isOpenOnFailure: limit.failOpen ?? true,
            domain: limit.domain,
            descriptors: limit.descriptors.map { descriptor in
                descriptor.entries.map { ConnectionDescriptorEntry(key: $0.key, value: $0.value) }
            })
    }
}

extension GlobalRequestLimit {
    fileprivate init?(_ limit: UpstreamTrafficSetting.GlobalRequests) {
        guard let service = RateLimitService(limit.rateLimitService) else { return nil }
        self.init(
            call: RateLimitCall(
                service: service, timeout: limit.timeout?.duration, isOpenOnFailure: limit.failOpen ?? true,
                tellsRemainder: limit.enableXRateLimitHeaders ?? false,
                status: limit.responseStatusCode.flatMap { $0 == 0 ? nil : $0 }),
            domain: limit.domain, descriptors: (limit.descriptors ?? []).map { $0.entries.compactMap(\.meaning) })
    }
}

extension UpstreamTrafficSetting.RequestDescriptor.Entry {
    /// What it tells; of a valid entry not `nil`.
    fileprivate var meaning: RequestDescriptorEntry? {
        if let genericKey { return .fixed(value: genericKey.value, key: genericKey.key.written) }
        if remoteAddress != nil { return .remoteAddress }
        if let requestHeader { return .header(name: requestHeader.name, key: requestHeader.key) }
        return headerValueMatch.map { match in
            .match(
                value: match.value, key: match.key.written, conditions: match.headers.compactMap(\.meaning),
                mustHold: match.expectMatch ?? true)
        }
    }
}

extension UpstreamTrafficSetting.HeaderCondition {
    /// What must hold; of a valid condition not `nil`.
    fileprivate var meaning: HeaderCondition? {
        let tests: [HeaderCondition.Test?] = [
            exact.map { .exact($0) }, prefix.map { .prefix($0) }, suffix.map { .suffix($0) },
            regex.map { .regex($0) }, contains.map { .contains($0) }, present.map { .present($0) },
        ]
        return tests.lazy.compactMap { $0 }.first.map { HeaderCondition(name: name, test: $0) }
    }
}

extension String? {
    /// The text, unless it is empty.
    fileprivate var written: String? { flatMap { $0.isEmpty ? nil : $0 } }
}

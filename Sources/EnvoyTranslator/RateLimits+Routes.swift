internal import EnvoyAPI
internal import MeshModel
internal import MeshPolicy
internal import SwiftProtobuf
internal import XDSCache

extension Envoy.RouteConfiguration {
    /// Limits the requests of a route configuration with one virtual host, of which one route takes all requests.
    ///
    /// Requests that name an apex get a virtual host of their own, beside that of all hosts.
    ///
    /// - Parameters:
    ///   - limits: What is taken.
    ///   - filter: The filter that has requests counted.
    mutating func limitRequests(_ limits: EntranceLimits, filter: ResourceName) {
        guard let everything = virtualHosts.last, let route = everything.routes.last else { return }
        let domain = limits.filterDomain
        let apexes = limits.apexes.map { apex in
            var host = Envoy.VirtualHost()
            host.name = "\(everything.name)/\(apex.apex.name)"
            host.domains = MeshNames.hosts(of: apex.apex, ports: apex.ports)
            host.routes = [route]
            host.limitRequests(apex.requests, filter: filter, filterDomain: domain)
            return host
        }
        virtualHosts[virtualHosts.count - 1].limitRequests(
            limits.service.requests, filter: filter, filterDomain: domain)
        virtualHosts = apexes + virtualHosts
    }
}

extension Envoy.VirtualHost {
    /// Limits the requests of a virtual host whose last route takes all requests.
    ///
    /// - Parameters:
    ///   - limits: What is taken.
    ///   - filter: The filter that has requests counted.
    ///   - filterDomain: The domain that it names to the service.
    mutating func limitRequests(_ limits: RequestLimits, filter: ResourceName, filterDomain: String) {
        if let local = limits.local { typedPerFilterConfig[RateLimitFilter.localName] = local.override.packed() }
        if let global = limits.global {
            rateLimits = global.descriptors.map(Envoy.RateLimit.init)
            if global.domain != filterDomain {
                var override = Envoy.GlobalRateLimitPerRoute()
                override.domain = global.domain
                typedPerFilterConfig[filter.name] = override.packed()
            }
        }
        guard let everything = routes.last else { return }
        let limited = limits.routes.map { limits in
            var route = everything
            route.match.safeRegex.regex = limits.pathRegex
            if let local = limits.local {
                route.typedPerFilterConfig[RateLimitFilter.localName] = local.override.packed()
            }
            // Without any, those of the virtual host hold.
            route.route.rateLimits = limits.descriptors.map(Envoy.RateLimit.init)
            return route
        }
        routes.insert(contentsOf: limited, at: routes.count - 1)
    }
}

extension LocalRequestLimit {
    /// What replaces ``RateLimitFilter/local`` for some requests.
    fileprivate var override: Envoy.LocalRateLimit {
        var always = Envoy.RuntimeFractionalPercent()
        always.defaultValue.numerator = 100
        var limit = Envoy.LocalRateLimit()
        limit.statPrefix = RateLimitFilter.localStatistics
        limit.tokenBucket = .init(rate)
        limit.filterEnabled = always
        limit.filterEnforced = always
        if let status { limit.status = .init(status) }
        limit.responseHeadersToAdd = headers.map { header in
            var option = Envoy.HeaderValueOption()
            option.header.key = header.name
            // Envoy takes what stands between percent signs for a command.
            option.header.value = header.value.split(separator: "%", omittingEmptySubsequences: false)
                .joined(separator: "%%")
            option.appendAction = .overwriteIfExistsOrAdd
            return option
        }
        return limit
    }
}

extension Envoy.RateLimit {
    /// A descriptor.
    fileprivate init(_ entries: [RequestDescriptorEntry]) {
        self.init()
        actions = entries.map(Action.init)
    }
}

extension Envoy.RateLimit.Action {
    fileprivate init(_ entry: RequestDescriptorEntry) {
        self.init()
        switch entry {
        case .fixed(let value, let key):
            genericKey.descriptorValue = value
            if let key { genericKey.descriptorKey = key }
        case .remoteAddress: remoteAddress = .init()
        case .header(let name, let key):
            requestHeaders.headerName = name
            requestHeaders.descriptorKey = key
        case .match(let value, let key, let conditions, let mustHold):
            headerValueMatch.descriptorValue = value
            if let key { headerValueMatch.descriptorKey = key }
            headerValueMatch.expectMatch = .init(mustHold)
            headerValueMatch.headers = conditions.map(Envoy.HeaderMatcher.init)
        }
    }
}

extension Envoy.HeaderMatcher {
    fileprivate init(_ condition: HeaderCondition) {
        var text = Envoy.StringMatcher()
        switch condition.test {
        case .exact(let value): text = .exactly(value)
        case .prefix(let value): text.prefix = value
        case .suffix(let value): text.suffix = value
        case .regex(let value): text = .matching(value)
        case .contains(let value): text.contains = value
        case .present(let isPresent):
            self.init()
            name = condition.name
            presentMatch = isPresent
            return
        }
        self.init(condition.name, text)
    }
}

internal import EnvoyAPI
internal import MeshModel
internal import MeshPolicy
internal import SwiftProtobuf
internal import XDSCache

/// The filters that count, and those that ask a service which counts.
///
/// All are there from the start, and what they do comes as resources of their own, or in route configurations: limits
/// come, change and go without a change of a listener, which would end open connections.
enum RateLimitFilter {
    /// The filter that counts requests, whose limits are in route configurations.
    static let localName = "envoy.filters.http.local_ratelimit"
    /// The prefix of its statistics, as in the original.
    static let localStatistics = "http_local_rate_limiter"
    /// The prefix of the statistics of connections.
    static let statistics = "inbound"

    /// The filter that counts requests: by itself none.
    static let local: Envoy.HttpFilter = {
        var filter = Envoy.LocalRateLimit()
        filter.statPrefix = statistics
        return .init(localName, filter.packed())
    }()

    /// The filter that has requests counted by a service.
    static func global(_ name: ResourceName) -> Envoy.HttpFilter {
        .discovered(name, Envoy.GlobalRateLimit.self, Envoy.HttpRBAC.self)
    }

    /// The filters of connections: one that counts, and one that has them counted.
    static func connections(_ names: RateLimitNames) -> [Envoy.Filter] {
        [
            .discovered(names.connections, Envoy.ConnectionRateLimit.self, Envoy.NetworkRBAC.self),
            .discovered(names.globalConnections, Envoy.GlobalConnectionRateLimit.self, Envoy.NetworkRBAC.self),
        ]
    }
}

/// What the settings of filters are called.
struct RateLimitNames {
    /// How many new connections are taken.
    let connections: ResourceName
    /// How a service is asked about new connections.
    let globalConnections: ResourceName
    /// How a service is asked about requests, and the name of its filter.
    let globalRequests: ResourceName

    /// Those of a way to a port of the pod; `service` is `nil` for connections that name none of the services.
    init(_ service: ObjectName?, _ port: UInt16) {
        // All services of a pod are in its namespace, so the name alone tells them apart.
        self.init(prefix: service.map { "limits/\($0.name)/\(port)" } ?? "limits/\(port)")
    }

    /// Those of the clients outside the mesh that call a port of the pod.
    init(ingressTo port: UInt16) { self.init(prefix: "ingress-limits/\(port)") }

    private init(prefix: String) {
        connections = ResourceName(.extension, "\(prefix)/connections")
        globalConnections = ResourceName(.extension, "\(prefix)/global-connections")
        globalRequests = ResourceName(.extension, "\(prefix)/global-requests")
    }
}

extension EntranceLimits {
    /// The settings of the filters.
    ///
    /// - Parameters:
    ///   - names: What they are called.
    ///   - wireProtocol: What comes this way.
    ///   - variant: Which of the resources of these names.
    ///   - origins: The objects that shaped them.
    func resources(
        _ names: RateLimitNames, _ wireProtocol: WireProtocol, variant: String,
        origins: Set<Origin>
    ) -> [Resource] {
        func extensionOf(_ name: ResourceName, _ settings: any Message, asking service: RateLimitService?) -> Resource {
            Resource(
                name, variant: variant, message: Envoy.TypedExtensionConfig(name, settings),
                references: Set(service.map { [.cluster(of: $0)] } ?? []), origins: origins)
        }
        let global = service.globalConnections
        var resources = [
            extensionOf(
                names.connections,
                service.connections.map { Envoy.ConnectionRateLimit($0) as any Message } ?? Envoy.NetworkRBAC.nothing,
                asking: nil),
            extensionOf(
                names.globalConnections,
                global.map { Envoy.GlobalConnectionRateLimit($0) as any Message } ?? Envoy.NetworkRBAC.nothing,
                asking: global?.service),
        ]
        if wireProtocol == .http {
            let call = globalRequests
            resources.append(
                extensionOf(
                    names.globalRequests,
                    call.map { Envoy.GlobalRateLimit($0, domain: filterDomain) as any Message } ?? Envoy.HttpRBAC(),
                    asking: call?.service))
        }
        return resources
    }

    /// The services that are asked: sorted, without duplicates.
    func services(_ wireProtocol: WireProtocol) -> [RateLimitService] {
        let requests = wireProtocol == .http ? globalRequests?.service : nil
        return Set([service.globalConnections?.service, requests].compactMap { $0 }).sorted()
    }

    /// The domain of requests of which the route configuration names no other.
    var filterDomain: String {
        service.requests.global?.domain ?? apexes.lazy.compactMap(\.requests.global).first?.domain ?? ""
    }
}

extension Envoy.NetworkRBAC {
    /// A filter that does nothing: it has no rules.
    static var nothing: Envoy.NetworkRBAC {
        var filter = Envoy.NetworkRBAC()
        filter.statPrefix = "unlimited."
        return filter
    }
}

extension Envoy.TokenBucket {
    /// The bucket of a rate.
    init(_ rate: TokenRate) {
        self.init()
        maxTokens = rate.count + rate.burst
        tokensPerFill = .init(rate.count)
        fillInterval = .init(rounding: rate.interval)
    }
}

extension Envoy.ConnectionRateLimit {
    fileprivate init(_ rate: TokenRate) {
        self.init()
        statPrefix = RateLimitFilter.statistics
        tokenBucket = .init(rate)
    }
}

extension Envoy.GlobalConnectionRateLimit {
    fileprivate init(_ limit: GlobalConnectionLimit) {
        self.init()
        statPrefix = RateLimitFilter.statistics
        domain = limit.domain
        descriptors = limit.descriptors.map { entries in
            var descriptor = Envoy.RateLimitDescriptor()
            descriptor.entries = entries.map { entry in
                var part = Envoy.RateLimitDescriptor.Entry()
                part.key = entry.key
                part.value = entry.value
                return part
            }
            return descriptor
        }
        if let limit = limit.timeout { timeout = .init(rounding: limit) }
        failureModeDeny = !limit.isOpenOnFailure
        rateLimitService = .init(limit.service, timeout: limit.timeout)
    }
}

extension Envoy.GlobalRateLimit {
    fileprivate init(_ call: RateLimitCall, domain: String) {
        self.init()
        self.domain = domain
        if let limit = call.timeout { timeout = .init(rounding: limit) }
        failureModeDeny = !call.isOpenOnFailure
        rateLimitService = .init(call.service, timeout: call.timeout)
        enableXRatelimitHeaders = call.tellsRemainder ? .draftVersion03 : .off
        if let status = call.status { rateLimitedStatus = .init(status) }
    }
}

extension Envoy.HttpStatus {
    /// A status by its number.
    init(_ status: Int) {
        self.init()
        code = Envoy.StatusCode(rawValue: status) ?? .tooManyRequests
    }
}

extension Envoy.RateLimitServiceConfig {
    fileprivate init(_ service: RateLimitService, timeout: Duration?) {
        self.init()
        transportApiVersion = .v3
        grpcService.envoyGrpc.clusterName = ResourceName.cluster(of: service).name
        if let timeout { grpcService.timeout = .init(rounding: timeout) }
    }
}

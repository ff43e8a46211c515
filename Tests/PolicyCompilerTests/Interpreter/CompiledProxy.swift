import MeshModel
import MeshPolicy
import Oracle
import PolicyCompiler

/// What one proxy has been told, and what it does with requests: what Envoy would do, plainly.
struct CompiledProxy {
    let identity: ServiceIdentity
    private(set) var listeners: [SocketAddress: OutboundListener] = [:]
    private(set) var routes: [ServicePort: OutboundRoute] = [:]
    private(set) var upstreams: [UpstreamName: Upstream] = [:]
    private(set) var endpoints: [ServiceTargetPort: Endpoints] = [:]
    private(set) var inbound: InboundPolicy?
    private(set) var egress: EgressPolicy?
    private(set) var egressPorts: [UInt16: EgressPort] = [:]
    private(set) var roots: Roots?
    private(set) var logCollector: LogCollector?
    private(set) var tracing: Tracing?
    private var hasRequestAuthorizer = false
    private(set) var hasEnded = false
    private(set) var healthCheckAnswers: HealthCheckAnswers?
    /// What no view may have.
    var faults: [String] = []

    init(identity: ServiceIdentity) { self.identity = identity }

    /// Takes a resource of the view; none may come twice.
    mutating func take(_ value: DerivedValue.Value) {
        func once<Taken>(_ old: Taken?, _ name: @autoclosure () -> String) {
            if old != nil { faults.append("\(name()) is in the view twice") }
        }
        switch value {
        case .roots(let value):
            once(roots, "roots")
            roots = value
        case .healthCheckAnswers(let value):
            once(healthCheckAnswers, "the answers to probes")
            healthCheckAnswers = value
        case .listener(let value, _):
            once(listeners.updateValue(value, forKey: value.address), "listener \(value.address)")
        case .route(let value, _):
            once(routes.updateValue(value, forKey: value.servicePort), "route \(value.servicePort)")
        case .upstream(let value): once(upstreams.updateValue(value, forKey: value.name), "upstream \(value.name)")
        case .endpoints(let value, _):
            once(endpoints.updateValue(value, forKey: value.name), "endpoints \(value.name)")
        case .inbound(let value):
            once(inbound, "inbound")
            inbound = value
        case .egress(let value):
            once(egress, "egress")
            egress = value
        case .egressPort(let value):
            once(egressPorts.updateValue(value, forKey: value.key.port), "egress port \(value.key.port)")
        case .logCollector(let value, _):
            once(logCollector, "the collector of logs")
            logCollector = value
        case .tracing(let value):
            once(tracing, "the collector of spans")
            tracing = value
        case .requestAuthorizer: hasRequestAuthorizer = true
        case .workloadEnd: hasEnded = true
        }
    }

    /// Finds what resources name and the view lacks.
    mutating func checkClosure() {
        for listener in listeners.values where routes[listener.servicePort] == nil {
            faults.append("listener \(listener.address) has no route")
        }
        for route in routes.values {
            for upstream in route.upstreams where upstreams[upstream] == nil {
                faults.append("route \(route.servicePort) has no upstream \(upstream)")
            }
            if route.wireProtocol == .tcp, route.rules.count != 1 || route.rules[0].match != nil {
                faults.append("route \(route.servicePort) divides connections by requests")
            }
        }
        for upstream in upstreams.keys where upstream.choice == .balanced && endpoints[upstream.target] == nil {
            faults.append("upstream \(upstream) has no endpoints")
        }
        for target in endpoints.keys where upstreams[UpstreamName(target)] == nil {
            faults.append("endpoints of \(target) have no upstream")
        }
        for route in routes.values where !listeners.values.contains(where: { $0.servicePort == route.servicePort }) {
            faults.append("route \(route.servicePort) has no listener")
        }
        let observations =
            listeners.values.map(\.observation) + (inbound.map { [$0.observation] } ?? [])
        for observation in Set(observations) {
            if let collector = observation.log?.collector, collector != logCollector {
                faults.append("no collector of logs")
            }
            if let wanted = observation.tracing, wanted != tracing { faults.append("no collector of spans") }
        }
        if !hasRequestAuthorizer { faults.append("no filter that asks about requests") }
        if inbound == nil || egress == nil || roots == nil { faults.append("inbound, egress or roots are missing") }
    }

    /// The shares of a request to a service port; none if it gets 503, `nil` without a route.
    func division(of request: Request, at port: ServicePort) -> [UpstreamName: Int]? {
        guard let route = routes[port] else { return nil }
        let rule = route.rules.first { rule in rule.match.map { Self.matches($0, request) } ?? true }
        return Dictionary(
            (rule?.backends ?? []).map { ($0.upstream, Int($0.weight)) }, uniquingKeysWith: +)
    }

    /// The addresses of an upstream.
    func addresses(of upstream: ServiceTargetPort) -> Set<SocketAddress> {
        Set(endpoints[upstream]?.localities.flatMap(\.addresses) ?? [])
    }

    /// What the proxy, as a server's, says to a request.
    ///
    /// - Parameter service: The service whose name the client gives; `nil` for none.
    func verdict(
        client: ServiceIdentity?, port: UInt16, through service: ObjectName? = nil, _ request: Request
    ) -> Oracle.Verdict {
        guard let inboundPort = inbound?.ports.first(where: { $0.port == port }) else { return .notServed }
        guard let client else { return .refused }
        let wireProtocol =
            inboundPort.services.first { $0.name == service }?.wireProtocol ?? inboundPort.wireProtocol
        let isHTTP = wireProtocol == .http
        guard let authorization = isHTTP ? inboundPort.http : inboundPort.tcp else { return .refused }
        switch authorization {
        case .anyPeer: return .anyPeer
        case .policies(let policies):
            let allowing = policies.filter { policy in
                policy.principals.contains(client)
                    && (!isHTTP || policy.matches.contains { Self.matches($0, request) })
            }
            return allowing.isEmpty ? .refused : .allowed(by: Set(allowing.map(\.name)))
        }
    }

    static func matches(_ match: HTTPMatch, _ request: Request) -> Bool {
        if let path = match.pathRegex, KnownExpressions.matches(path, request.pathAlone) != true { return false }
        if !match.methods.isEmpty, !match.methods.contains(request.method) { return false }
        return match.headers.allSatisfy { header in
            let value = header.name == ":authority" ? request.host : request.value(of: header.name)
            return value.flatMap { KnownExpressions.matches(header.regex, $0) } == true
        }
    }
}

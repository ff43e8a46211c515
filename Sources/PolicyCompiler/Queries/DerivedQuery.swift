public import Incremental
public import MeshModel
public import MeshPolicy

/// The value of a derived resource, with the objects that shaped it.
public struct DerivedValue: Equatable, Sendable {
    /// The value, by what it becomes.
    public enum Value: Equatable, Sendable {
        case roots(Roots)
        case healthCheckAnswers(HealthCheckAnswers)
        /// The variant is that of ``ListenerKey``.
        case listener(OutboundListener, variant: String)
        /// The variant is that of ``RouteKey``.
        case route(OutboundRoute, variant: String)
        case upstream(Upstream)
        /// The variant is that of ``EndpointsQuery/Key``.
        case endpoints(Endpoints, variant: String)
        case inbound(InboundPolicy)
        case egress(EgressPolicy)
        case egressPort(EgressPort)
        case logCollector(LogCollector, telemetry: ObjectName)
        case tracing(Tracing)
        /// Without a service nobody is asked.
        case requestAuthorizer(RequestAuthorizer?)
        case workloadEnd(WorkloadEnd)
    }

    /// The value.
    public let value: Value
    /// The objects that shaped it: sorted, without duplicates.
    public let origins: [ObjectVersion]
}

/// The current value of a derived resource; `nil` if it stands for nothing now.
public enum DerivedQuery: MeshQuery {
    /// The value for a key.
    public static func evaluate(_ resource: DerivedResource, _ mesh: MeshReader) -> DerivedValue? {
        let value: DerivedValue.Value? =
            switch resource {
            case .roots: .roots(mesh(RootsQuery.self, .one))
            case .healthCheckAnswers: .healthCheckAnswers(mesh(HealthCheckAnswersQuery.self, .one))
            case .listener(let key):
                mesh(OutboundListenerQuery.self, key).map { .listener($0, variant: key.variant) }
            case .route(let key): mesh(OutboundRouteQuery.self, key).map { .route($0, variant: key.variant) }
            case .upstream(let key): mesh(UpstreamQuery.self, key).map { .upstream($0) }
            case .endpoints(let key): mesh(EndpointsQuery.self, key).map { .endpoints($0, variant: key.variant) }
            case .inbound(let key): mesh(InboundPolicyQuery.self, key).map { .inbound($0) }
            case .egress(let key): mesh(EgressPolicyQuery.self, key).map { .egress($0) }
            case .egressPort(let key): mesh(EgressPortQuery.self, key).map { .egressPort($0) }
            case .logCollector(let name): mesh(LogCollectorQuery.self, name).map { .logCollector($0, telemetry: name) }
            case .tracing: mesh(TracingQuery.self, .one).map { .tracing($0) }
            case .requestAuthorizer: .requestAuthorizer(mesh(RequestAuthorizerQuery.self, .one))
            case .workloadEnd: .workloadEnd(WorkloadEnd())
            }
        return value.map { DerivedValue(value: $0, origins: mesh(OriginsQuery.self, resource)) }
    }
}

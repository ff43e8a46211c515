public import Incremental
public import MeshPolicy

/// The value of a derived resource, with the objects that shaped it.
public struct DerivedValue: Equatable, Sendable {
    /// The value, by what it becomes.
    public enum Value: Equatable, Sendable {
        case roots(Roots)
        case listener(OutboundListener)
        case route(OutboundRoute)
        case upstream(Upstream)
        /// The variant is that of ``EndpointsQuery/Key``.
        case endpoints(Endpoints, variant: String)
        case inbound(InboundPolicy)
        case egress(EgressPolicy)
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
            case .listener(let key): mesh(OutboundListenerQuery.self, key).map { .listener($0) }
            case .route(let key): mesh(OutboundRouteQuery.self, key).map { .route($0) }
            case .upstream(let key): mesh(UpstreamQuery.self, key).map { .upstream($0) }
            case .endpoints(let key): mesh(EndpointsQuery.self, key).map { .endpoints($0, variant: key.variant) }
            case .inbound(let key): mesh(InboundPolicyQuery.self, key).map { .inbound($0) }
            case .egress(let key): mesh(EgressPolicyQuery.self, key).map { .egress($0) }
            }
        return value.map { DerivedValue(value: $0, origins: mesh(OriginsQuery.self, resource)) }
    }
}

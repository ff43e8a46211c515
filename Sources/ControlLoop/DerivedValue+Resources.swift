internal import EnvoyTranslator
internal import PolicyCompiler
internal import XDSCache

extension DerivedValue {
    /// The Envoy resources that the value becomes.
    func resources() -> [Resource] {
        let origins = Set(origins.map { Origin(object: $0.key, generation: $0.generation) })
        switch value {
        case .roots(let roots): return roots.resources(origins: origins)
        case .listener(let listener): return listener.resources(origins: origins)
        case .route(let route): return route.resources(origins: origins)
        case .upstream(let upstream): return upstream.resources(origins: origins)
        case .endpoints(let endpoints, let variant): return endpoints.resources(variant: variant, origins: origins)
        case .inbound(let policy): return policy.resources(origins: origins)
        case .egress(let policy): return policy.resources(origins: origins)
        }
    }
}

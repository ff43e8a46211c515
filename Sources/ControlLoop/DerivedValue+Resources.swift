internal import EnvoyTranslator
internal import MeshModel
internal import MeshPolicy
package import PolicyCompiler
package import XDSCache

extension DerivedValue {
    /// The Envoy resources that the value becomes.
    package func resources() -> [Resource] {
        let origins = Set(origins.map { Origin(object: $0.key, generation: $0.generation) })
        switch value {
        case .roots(let roots): return roots.resources(origins: origins)
        case .healthCheckAnswers(let answers): return answers.resources(origins: origins)
        case .listener(let listener, let variant): return listener.resources(variant: variant, origins: origins)
        case .route(let route, let variant): return route.resources(variant: variant, origins: origins)
        case .upstream(let upstream): return upstream.resources(origins: origins)
        case .endpoints(let endpoints, let variant): return endpoints.resources(variant: variant, origins: origins)
        case .inbound(let policy): return policy.resources(origins: origins)
        case .egress(let policy): return policy.resources(origins: origins)
        case .egressPort(let port): return port.resources(origins: origins)
        case .logCollector(let collector, let telemetry):
            return collector.resources(variant: telemetry.description, origins: origins)
        case .tracing(let tracing): return tracing.resources(origins: origins)
        case .workloadEnd(let end): return end.resources
        case .requestAuthorizer(let authorizer):
            return RequestAuthorizer.resources(of: authorizer, origins: origins)
        }
    }
}

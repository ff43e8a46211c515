internal import EnvoyAPI
public import MeshPolicy
internal import SwiftProtobuf
public import XDSCache

extension Tracing {
    /// The cluster of the collector.
    ///
    /// - Parameter origins: The objects that shaped it.
    public func resources(origins: Set<Origin>) -> [Resource] {
        [Resource(.tracing, message: Envoy.Cluster.outside(.tracing, service), origins: origins)]
    }

    /// What makes and sends the spans.
    ///
    /// Zipkin's spans name the proxy's cluster, `<service account>.<namespace>`; those of OpenTelemetry what the
    /// proxy's environment says.
    var provider: Envoy.TracingProvider {
        var provider = Envoy.TracingProvider()
        switch format {
        case .zipkin(let path):
            var zipkin = Envoy.ZipkinConfig()
            zipkin.collectorCluster = ResourceName.tracing.name
            zipkin.collectorEndpoint = path
            zipkin.collectorEndpointVersion = .httpJson
            zipkin.collectorHostname = service.host
            provider.name = "envoy.tracers.zipkin"
            provider.typedConfig = zipkin.packed()
        case .openTelemetry:
            var detector = Envoy.TypedExtensionConfig()
            detector.name = "envoy.tracers.opentelemetry.resource_detectors.environment"
            detector.typedConfig = Envoy.EnvironmentResourceDetectorConfig().packed()
            var openTelemetry = Envoy.OpenTelemetryConfig()
            openTelemetry.grpcService.envoyGrpc.clusterName = ResourceName.tracing.name
            openTelemetry.resourceDetectors = [detector]
            provider.name = "envoy.tracers.opentelemetry"
            provider.typedConfig = openTelemetry.packed()
        }
        return provider
    }
}

public import MeshModel

/// The changes of a directory of manifests, a stream for each kind.
///
/// Each stream is for one consumer. The streams hold what is not consumed yet without a bound: consume them into
/// something that coalesces by object and never blocks, as reconcilers do.
public struct ManifestEvents: Sendable {
    /// A stream and where its elements come in.
    private struct Feed<Object: MeshObject>: Sendable {
        let stream: AsyncStream<SourceEvent<Object>>
        let continuation: AsyncStream<SourceEvent<Object>>.Continuation

        init() { (stream, continuation) = AsyncStream.makeStream() }

        func send(_ changes: [ObjectChange<Object>], isFirst: Bool) {
            if !changes.isEmpty { continuation.yield(.changes(changes)) }
            if isFirst { continuation.yield(.synchronized) }
        }
    }

    private let namespaceFeed = Feed<Namespace>()
    private let podFeed = Feed<Pod>()
    private let serviceFeed = Feed<Service>()
    private let serviceAccountFeed = Feed<ServiceAccount>()
    private let endpointSliceFeed = Feed<EndpointSlice>()
    private let meshConfigFeed = Feed<MeshConfig>()
    private let trafficTargetFeed = Feed<TrafficTarget>()
    private let httpRouteGroupFeed = Feed<HTTPRouteGroup>()
    private let tcpRouteFeed = Feed<TCPRoute>()
    private let trafficSplitFeed = Feed<TrafficSplit>()
    private let egressFeed = Feed<Egress>()
    private let ingressBackendFeed = Feed<IngressBackend>()
    private let retryFeed = Feed<Retry>()
    private let upstreamTrafficSettingFeed = Feed<UpstreamTrafficSetting>()
    private let telemetryFeed = Feed<Telemetry>()
    private let extensionServiceFeed = Feed<ExtensionService>()

    /// What happens to Namespaces.
    public var namespaces: AsyncStream<SourceEvent<Namespace>> { namespaceFeed.stream }
    /// What happens to Pods.
    public var pods: AsyncStream<SourceEvent<Pod>> { podFeed.stream }
    /// What happens to Services.
    public var services: AsyncStream<SourceEvent<Service>> { serviceFeed.stream }
    /// What happens to ServiceAccounts.
    public var serviceAccounts: AsyncStream<SourceEvent<ServiceAccount>> { serviceAccountFeed.stream }
    /// What happens to EndpointSlices.
    public var endpointSlices: AsyncStream<SourceEvent<EndpointSlice>> { endpointSliceFeed.stream }
    /// What happens to MeshConfigs.
    public var meshConfigs: AsyncStream<SourceEvent<MeshConfig>> { meshConfigFeed.stream }
    /// What happens to TrafficTargets.
    public var trafficTargets: AsyncStream<SourceEvent<TrafficTarget>> { trafficTargetFeed.stream }
    /// What happens to HTTPRouteGroups.
    public var httpRouteGroups: AsyncStream<SourceEvent<HTTPRouteGroup>> { httpRouteGroupFeed.stream }
    /// What happens to TCPRoutes.
    public var tcpRoutes: AsyncStream<SourceEvent<TCPRoute>> { tcpRouteFeed.stream }
    /// What happens to TrafficSplits.
    public var trafficSplits: AsyncStream<SourceEvent<TrafficSplit>> { trafficSplitFeed.stream }
    /// What happens to objects of the kind Egress.
    public var egresses: AsyncStream<SourceEvent<Egress>> { egressFeed.stream }
    /// What happens to objects of the kind IngressBackend.
    public var ingressBackends: AsyncStream<SourceEvent<IngressBackend>> { ingressBackendFeed.stream }
    /// What happens to objects of the kind Retry.
    public var retries: AsyncStream<SourceEvent<Retry>> { retryFeed.stream }
    /// What happens to objects of the kind UpstreamTrafficSetting.
    public var upstreamTrafficSettings: AsyncStream<SourceEvent<UpstreamTrafficSetting>> {
        upstreamTrafficSettingFeed.stream
    }
    /// What happens to objects of the kind Telemetry.
    public var telemetries: AsyncStream<SourceEvent<Telemetry>> { telemetryFeed.stream }
    /// What happens to objects of the kind ExtensionService.
    public var extensionServices: AsyncStream<SourceEvent<ExtensionService>> { extensionServiceFeed.stream }

    /// Sends changes, one element for each kind that has any; with the first ones every kind is synchronized.
    func send(_ changes: ManifestChanges, isFirst: Bool) {
        namespaceFeed.send(changes.namespaces, isFirst: isFirst)
        podFeed.send(changes.pods, isFirst: isFirst)
        serviceFeed.send(changes.services, isFirst: isFirst)
        serviceAccountFeed.send(changes.serviceAccounts, isFirst: isFirst)
        endpointSliceFeed.send(changes.endpointSlices, isFirst: isFirst)
        meshConfigFeed.send(changes.meshConfigs, isFirst: isFirst)
        trafficTargetFeed.send(changes.trafficTargets, isFirst: isFirst)
        httpRouteGroupFeed.send(changes.httpRouteGroups, isFirst: isFirst)
        tcpRouteFeed.send(changes.tcpRoutes, isFirst: isFirst)
        trafficSplitFeed.send(changes.trafficSplits, isFirst: isFirst)
        egressFeed.send(changes.egresses, isFirst: isFirst)
        ingressBackendFeed.send(changes.ingressBackends, isFirst: isFirst)
        retryFeed.send(changes.retries, isFirst: isFirst)
        upstreamTrafficSettingFeed.send(changes.upstreamTrafficSettings, isFirst: isFirst)
        telemetryFeed.send(changes.telemetries, isFirst: isFirst)
        extensionServiceFeed.send(changes.extensionServices, isFirst: isFirst)
    }

    /// Ends all streams.
    func finish() {
        namespaceFeed.continuation.finish()
        podFeed.continuation.finish()
        serviceFeed.continuation.finish()
        serviceAccountFeed.continuation.finish()
        endpointSliceFeed.continuation.finish()
        meshConfigFeed.continuation.finish()
        trafficTargetFeed.continuation.finish()
        httpRouteGroupFeed.continuation.finish()
        tcpRouteFeed.continuation.finish()
        trafficSplitFeed.continuation.finish()
        egressFeed.continuation.finish()
        ingressBackendFeed.continuation.finish()
        retryFeed.continuation.finish()
        upstreamTrafficSettingFeed.continuation.finish()
        telemetryFeed.continuation.finish()
        extensionServiceFeed.continuation.finish()
    }
}

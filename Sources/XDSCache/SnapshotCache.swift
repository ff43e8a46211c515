internal import Synchronization

/// Every resource once, and for each proxy which of them it sees.
///
/// A view is a list of layers that proxies share, so that a resource that changes is noted at the streams that see it
/// by its name only. All methods may be called from anywhere; streams are woken outside the lock.
public final class SnapshotCache: Sendable {
    private let state = Mutex(State())

    /// An empty cache.
    public init() {}

    /// Takes up what a batch of changes made different, and wakes the streams that see a difference.
    ///
    /// - Returns: The number of the publication, the first being 1.
    @discardableResult
    public func publish(_ publication: Publication) -> Revision {
        let (revision, wakes) = state.withLock { $0.publish(publication) }
        for wake in wakes { wake() }
        return revision
    }

    /// The latest publication; 0 before the first.
    public var revision: Revision { state.withLock { $0.revision } }

    /// Begins a stream of a proxy; `nil` if there is no such proxy.
    ///
    /// The whole view counts as changed.
    ///
    /// - Parameter wake: Called, from any thread, when ``CacheConnection/takeUpdate()`` has something to tell.
    public func connect(_ proxy: ProxyID, wake: @escaping @Sendable () -> Void) -> CacheConnection? {
        state.withLock { $0.connect(proxy, wake) }.map { CacheConnection(cache: self, id: $0, proxy: proxy) }
    }

    /// The resources that a proxy sees: sorted, without duplicates; `nil` if there is no such proxy.
    public func view(of proxy: ProxyID) -> [Resource]? { state.withLock { $0.view(of: proxy) } }

    /// The proxies that there are, connected or not: sorted.
    public var proxies: [ProxyID] { state.withLock { $0.proxies.keys.sorted() } }

    /// The revision up to which the streams of a proxy have acknowledged everything that they see; `nil` without a
    /// stream.
    public func acknowledgedRevision(of proxy: ProxyID) -> Revision? {
        state.withLock { state in
            state.streamsByProxy[proxy]?.compactMap { state.acknowledged($0) }.min()
        }
    }

    fileprivate func takeUpdate(_ id: StreamID) -> CacheConnection.Update? { state.withLock { $0.takeUpdate(id) } }
    fileprivate func resource(_ name: ResourceName, _ proxy: ProxyID) -> Resource? {
        state.withLock { $0.resource(name, proxy) }
    }
    fileprivate func names(of type: ResourceType, _ proxy: ProxyID) -> [String] {
        state.withLock { $0.names(of: type, proxy) }
    }
    fileprivate func acknowledge(_ revision: Revision, _ id: StreamID) {
        state.withLock { $0.streams[id]?.acknowledged = revision }
    }
    fileprivate func disconnect(_ id: StreamID) { state.withLock { $0.disconnect(id) } }
}

typealias StreamID = UInt64

/// A stream's hold on the cache, and the view of its proxy.
public struct CacheConnection: ResourceView, Sendable {
    /// What differs in a view since the last time.
    public enum Update: Equatable, Sendable {
        /// These names, or with `nil` perhaps any.
        case names(Set<ResourceName>?, revision: Revision)
        /// The proxy is gone: its stream must end.
        case gone
    }

    private let cache: SnapshotCache
    private let id: StreamID
    /// Whose view it is.
    public let proxy: ProxyID

    fileprivate init(cache: SnapshotCache, id: StreamID, proxy: ProxyID) {
        self.cache = cache
        self.id = id
        self.proxy = proxy
    }

    /// What differs since the last call; `nil` if nothing does.
    public func takeUpdate() -> Update? { cache.takeUpdate(id) }
    /// The resource of a name in the view.
    public func resource(_ name: ResourceName) -> Resource? { cache.resource(name, proxy) }
    /// The names of a type in the view.
    public func names(of type: ResourceType) -> [String] { cache.names(of: type, proxy) }
    /// The stream has acknowledged everything up to a revision.
    public func acknowledge(_ revision: Revision) { cache.acknowledge(revision, id) }
    /// Ends the hold; nobody is woken any more.
    public func disconnect() { cache.disconnect(id) }
}

public import MeshModel
internal import Synchronization

/// Every resource once, and for each proxy which of them it sees.
///
/// A view is a list of layers that proxies share, so that a resource that changes is noted at the streams that see it
/// by its name only. All methods may be called from anywhere; streams are woken outside the lock.
public final class SnapshotCache: Sendable {
    private let state = Mutex(State())
    private let observers = Mutex<[@Sendable () -> Void]>([])
    private let demand = Mutex<(@Sendable (ProxyID, Set<SocketAddress>) -> Void)?>(nil)

    /// An empty cache.
    public init() {}

    /// Takes up what a batch of changes made different, and wakes the streams that see a difference.
    ///
    /// - Returns: The number of the publication, the first being 1.
    @discardableResult
    public func publish(_ publication: Publication) -> Revision {
        let (revision, wakes) = state.withLock { $0.publish(publication) }
        for wake in wakes { wake() }
        notifyObservers()
        return revision
    }

    /// Has a closure called, from any thread, whenever what ``progress()`` tells may have changed.
    ///
    /// It is called for as long as the cache lives, outside the lock, and must be quick.
    public func observeProgress(_ observer: @escaping @Sendable () -> Void) {
        observers.withLock { $0.append(observer) }
    }

    /// Has a closure called, from any thread, with what proxies ask about.
    ///
    /// Whoever it is publishes an answer to each question (``Publication/answered``). Without one
    /// nothing is left undecided for the sake of a question.
    public func observeDemand(_ observer: @escaping @Sendable (ProxyID, Set<SocketAddress>) -> Void) {
        demand.withLock { $0 = observer }
    }

    /// The latest publication; 0 before the first.
    public var revision: Revision { state.withLock { $0.revision } }

    /// Begins a stream of a proxy; `nil` if there is no such proxy, or it has another identity.
    ///
    /// The whole view counts as changed.
    ///
    /// - Parameters:
    ///   - identity: Who the proxy proved to be; `nil` for whoever it is.
    ///   - moment: Now.
    ///   - serverRoot: The root by which the proxy knew the server when it connected; empty where that is not told.
    ///   - wake: Called, from any thread, when ``CacheConnection/takeUpdate()`` has something to tell.
    public func connect(
        _ proxy: ProxyID, as identity: ServiceIdentity? = nil, at moment: Timestamp, serverRoot: String = "",
        wake: @escaping @Sendable () -> Void
    ) -> CacheConnection? {
        guard let id = state.withLock({ $0.connect(proxy, identity, moment, serverRoot, wake) }) else { return nil }
        notifyObservers()
        return CacheConnection(cache: self, id: id, proxy: proxy)
    }

    /// The resources that a proxy sees: sorted, without duplicates; `nil` if there is no such proxy.
    public func view(of proxy: ProxyID) -> [Resource]? { state.withLock { $0.view(of: proxy) } }

    /// The proxies that there are, connected or not: sorted.
    public var proxies: [ProxyID] { state.withLock { $0.proxies.keys.sorted() } }

    /// How far a proxy is; `nil` if there is no such proxy.
    public func progress(of proxy: ProxyID) -> ProxyProgress? { state.withLock { $0.progress(of: proxy) } }

    /// How far each proxy is, connected or not.
    public func progress() -> [ProxyID: ProxyProgress] {
        state.withLock { state in
            var all: [ProxyID: ProxyProgress] = [:]
            all.reserveCapacity(state.proxies.count)
            for proxy in state.proxies.keys { all[proxy] = state.progress(of: proxy) }
            return all
        }
    }

    /// The revision up to which a proxy enforces everything that it sees (``ProxyProgress/acknowledged``); `nil`
    /// without a stream.
    public func acknowledgedRevision(of proxy: ProxyID) -> Revision? {
        progress(of: proxy).flatMap { $0.isConnected ? $0.acknowledged : nil }
    }

    fileprivate func takeUpdate(_ id: StreamID) -> CacheConnection.Update? { state.withLock { $0.takeUpdate(id) } }
    fileprivate func isGone(_ id: StreamID) -> Bool { state.withLock { $0.streams[id]?.isGone ?? true } }
    fileprivate func resource(_ name: ResourceName, _ proxy: ProxyID) -> Resource? {
        state.withLock { $0.resource(name, proxy) }
    }
    fileprivate func resource(
        _ name: ResourceName, with types: [ResourceType], _ proxy: ProxyID
    ) -> (resource: Resource, references: [Resource])? {
        state.withLock { state in
            guard let resource = state.resource(name, proxy) else { return nil }
            let names = resource.references.filter { types.contains($0.type) }
            return (resource, names.compactMap { state.resource($0, proxy) })
        }
    }
    fileprivate func names(of type: ResourceType, _ proxy: ProxyID) -> [String] {
        state.withLock { $0.names(of: type, proxy) }
    }
    fileprivate func report(_ progress: StreamProgress, _ id: StreamID) -> Bool {
        let (isGone, differs) = state.withLock { $0.report(progress, id) }
        if differs { notifyObservers() }
        return !isGone
    }
    fileprivate func ask(_ addresses: Set<SocketAddress>, _ id: StreamID, _ proxy: ProxyID) {
        guard let observer = demand.withLock({ $0 }) else { return }
        state.withLock { $0.streams[id]?.asked.formUnion(addresses) }
        observer(proxy, addresses)
    }
    fileprivate func isAsking(_ id: StreamID) -> Bool { state.withLock { $0.streams[id]?.asked.isEmpty == false } }
    fileprivate func disconnect(_ id: StreamID, _ moment: Timestamp) {
        state.withLock { $0.disconnect(id, moment) }
        notifyObservers()
    }

    func withState<Result>(_ body: (inout sending State) -> sending Result) -> sending Result { state.withLock(body) }
    func notifyObservers() { for observer in observers.withLock({ $0 }) { observer() } }
}

typealias StreamID = UInt64

/// A stream's hold on the cache, and the view of its proxy.
public struct CacheConnection: ResourceView, Sendable {
    /// What differs in a view since the last time.
    public enum Update: Equatable, Sendable {
        /// These names, or with `nil` perhaps any.
        case names(Set<ResourceName>?, revision: Revision)
        /// The proxy is gone, or has another identity: its stream must end.
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
    /// Whether the stream must end; what was read of the view before it was asked may then be another's.
    public var isGone: Bool { cache.isGone(id) }
    /// The resource of a name in the view.
    public func resource(_ name: ResourceName) -> Resource? { cache.resource(name, proxy) }
    /// The resource of a name in the view, and what it refers to there, all of one publication.
    public func resource(
        _ name: ResourceName, with types: [ResourceType]
    ) -> (resource: Resource, references: [Resource])? { cache.resource(name, with: types, proxy) }
    /// The names of a type in the view.
    public func names(of type: ResourceType) -> [String] { cache.names(of: type, proxy) }
    /// Asks what there is at addresses that the proxy's pod calls; until that is known nothing is said to be gone.
    public func ask(about addresses: Set<SocketAddress>) { cache.ask(addresses, id, proxy) }
    /// Whether what there is at some address is not known yet.
    public var isAsking: Bool { cache.isAsking(id) }
    /// Tells how far the stream's proxy is, after what was taken has been taken up.
    ///
    /// - Returns: Whether the stream may go on: if not (``isGone``), nothing was told.
    @discardableResult
    public func report(_ progress: StreamProgress) -> Bool { cache.report(progress, id) }
    /// Ends the hold; nobody is woken any more.
    ///
    /// - Parameter moment: Now.
    public func disconnect(at moment: Timestamp) { cache.disconnect(id, moment) }
}

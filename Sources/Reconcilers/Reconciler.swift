public import MeshModel
internal import Metrics
public import PolicyCompiler
public import ServiceLifecycle

/// Drives the tables toward what one source says about one kind.
///
/// Each kind has a reconciler of its own. It validates one object at a time and puts the change into the queue;
/// what follows from it for others follows by recorded dependency, so reconcilers never call each other.
public struct Reconciler<Object: TableObject, Events: AsyncSequence & Sendable>: ServiceLifecycle.Service
where Events.Element == SourceEvent<Object>, Events.Failure == Never {
    private let events: Events
    private let queue: ChangeQueue
    private let changes = Counter(label: "osm_reconcile_changes_total", dimensions: [("kind", Object.kind.rawValue)])

    /// A reconciler for the objects that `events` tells of.
    public init(_ events: Events, into queue: ChangeQueue) {
        self.events = events
        self.queue = queue
    }

    /// Reconciles until the source ends or the process shuts down.
    public func run() async {
        for await event in events.cancelOnGracefulShutdown() {
            switch event {
            case .changes(let changes):
                queue.put(changes.map { Object.change(for: $0) })
                self.changes.increment(by: changes.count)
            case .synchronized: queue.synchronized(Object.kind)
            }
        }
    }
}

extension Reconciler: CustomStringConvertible {
    /// What logs of the process call it.
    public var description: String { "reconciler of \(Object.kind.rawValue)" }
}

public import FoundationEssentials
public import MeshModel
public import MeshStatus
package import PolicyCompiler
internal import Synchronization
public import XDSCache

/// The status of every object: written by the control loop with each publication, read by whoever asks.
public final class StatusBoard: Sendable {
    private let cache: SnapshotCache
    private let now: @Sendable () -> Date
    private let table = Mutex(StatusTable())
    private let history = Mutex(ConditionHistory())

    /// A board without objects.
    ///
    /// - Parameters:
    ///   - cache: What knows how far proxies are.
    ///   - now: The clock of conditions.
    public init(cache: SnapshotCache, now: @escaping @Sendable () -> Date = { Date() }) {
        self.cache = cache
        self.now = now
    }

    /// Whether a pod has not begun to run, as far as its status tells.
    public func isStarting(_ pod: ObjectName) -> Bool { table.withLock { $0.startingPods.contains(pod) } }

    /// What is to say about every object and every proxy now.
    ///
    /// - Parameter isKept: Whether the words will be read later (``StatusTable``).
    public func report(isKept: Bool = false) -> StatusReport {
        // In this order: an acknowledgement newer than the table is true of it, an older one would not be.
        let table = table.withLock { $0 }
        let progress = cache.progress()
        var report = table.report(progress, at: Timestamp(now()), isKept: isKept)
        history.withLock { $0.date(&report) }
        // Of a later table this progress may not know every proxy.
        self.table.withLock { current in
            if current.revision == table.revision { current.forgetPassed(progress) }
        }
        return report
    }

    /// Takes up a batch that has just been published.
    ///
    /// - Returns: How many objects' statuses were looked at.
    func apply(_ change: StatusChange, at revision: Revision) -> Int {
        let moment = Timestamp(now())
        return table.withLock { $0.apply(change, at: revision, moment) }
    }
}

extension Timestamp {
    /// The whole second of a date.
    fileprivate init(_ date: Date) { self.init(seconds: Int64(date.timeIntervalSince1970.rounded(.down))) }
}

extension StatusChange {
    /// What a batch made different.
    package init(_ batch: [TableChange], _ difference: PolicyGraph.Difference) {
        self.init(
            objects: batch, diagnoses: difference.diagnoses, views: difference.views, layers: difference.layers,
            deciders: difference.deciders,
            origins: difference.resources.mapValues { value in value.map { $0.origins.map(\.key) } })
    }
}

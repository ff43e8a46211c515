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
    /// What was found out about objects elsewhere than in the graph.
    private let findings = Mutex<[ObjectKey: @Sendable (Int64) -> Finding]>([:])

    /// What is known of something that an object names, and that only who tries finds out.
    public enum Finding: Sendable {
        /// It can be used, or the object names no such thing.
        case fine
        /// It is tried; what is tried, in words.
        case pending(String)
        /// It cannot be used.
        case problem(Problem)
    }

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

    /// Asks for what is known of something that an object names, with each report, by the generation that is reported on.
    public func consult(about object: ObjectKey, _ finding: @escaping @Sendable (Int64) -> Finding) {
        findings.withLock { $0[object] = finding }
    }

    /// What is to say about every object and every proxy now.
    ///
    /// - Parameter isKept: Whether the words will be read later (``StatusTable``).
    public func report(isKept: Bool = false) -> StatusReport {
        // In this order: an acknowledgement newer than the table is true of it, an older one would not be.
        let table = table.withLock { $0 }
        let progress = cache.progress()
        let moment = Timestamp(now())
        var report = table.report(progress, at: moment, isKept: isKept)
        for (object, finding) in findings.withLock({ $0 }) {
            guard let generation = report.generation(of: object) else { continue }
            switch finding(generation) {
            case .fine: break
            case .pending(let message): report.suspend(object, message, at: moment)
            case .problem(let problem): report.add(problem, to: object, at: moment)
            }
        }
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

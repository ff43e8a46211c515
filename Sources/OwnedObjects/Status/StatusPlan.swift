public import MeshModel
public import MeshStatus

/// Decides which statuses are written into the cluster, and when; pure.
///
/// A status is written only if it differs from the one that the object has. What an author waits for comes first: a new
/// generation, then a condition that changed, then counts and words, which are held to a minute and a budget. Time is
/// that of a clock that never goes back.
public struct StatusPlan: Sendable {
    /// A status to write.
    public struct Write: Equatable, Sendable {
        /// The object.
        public let key: ObjectKey
        /// What it shall have.
        public let status: KnownStatus
        /// What it has, as far as known.
        public let former: KnownStatus?
    }

    private struct Entry {
        var known: KnownStatus?
        var isWriting = false
        /// Whether an earlier leader left the object on its way: which proxies an edit took out of those that it affects
        /// is not known to one that began after the edit.
        var isInherited = false
        var written: Duration?
        /// Since when the object has been in this state: a new generation that waits, or a condition that got worse.
        var waiting: (difference: Difference, since: Duration)?
        var failures = 0
        var retry: Duration?
    }

    private let timing: StatusTiming
    private var entries: [ObjectKey: Entry] = [:]
    private var conditions: Allowance
    private var refreshes: Allowance
    /// Whether something waits for time to pass.
    public private(set) var isWaiting = false

    /// A plan that knows no object.
    public init(_ timing: StatusTiming = StatusTiming()) {
        self.timing = timing
        conditions = Allowance(perSecond: timing.conditionsPerSecond, burst: timing.conditionBurst)
        refreshes = Allowance(perSecond: timing.refreshesPerSecond, burst: timing.refreshBurst)
    }

    /// Takes up what the cluster has of one object; `nil` where it is gone.
    public mutating func observe(_ key: ObjectKey, _ status: KnownStatus?) {
        guard let status else {
            entries[key] = nil
            return
        }
        if entries[key] == nil {
            entries[key] = Entry(isInherited: status.observedGeneration >= 0 && status[.reconciling] != nil)
        }
        if entries[key]?.isWriting != true { entries[key]?.known = status }
    }

    /// What the cluster has of an object, as far as known.
    public subscript(_ key: ObjectKey) -> KnownStatus? { entries[key]?.known }

    /// The statuses to write now, the most urgent first.
    ///
    /// Each must be answered by ``written(_:at:)`` or ``failed(_:at:)``.
    ///
    /// - Parameters:
    ///   - report: Of every object, with times that stand (``StatusReport``).
    ///   - kinds: The kinds of which it is known what the cluster has.
    public mutating func next(_ report: StatusReport, of kinds: Set<ObjectKind>, at now: Duration) -> [Write] {
        isWaiting = false
        let haveAllAcknowledged = report.proxies.allSatisfy { $0.acknowledged > 0 }
        var due: [(difference: Difference, since: Duration, write: Write)] = []
        var present: Set<ObjectKey> = []
        for object in report.objects {
            guard let key = object.key, key.kind.statusIsOurs, kinds.contains(key.kind) else { continue }
            present.insert(key)
            var entry = entries[key] ?? Entry()
            if let known = entry.known, known.uid != object.uid { entry = Entry() }
            if haveAllAcknowledged { entry.isInherited = false }
            if let found = difference(object, &entry, now) {
                due.append((found.difference, entry.waiting?.since ?? now, found.write(key)))
            }
            entries[key] = entry
        }
        for key in entries.keys where !present.contains(key) { entries[key] = nil }
        // Of one urgency who waits longest comes first, so that nobody waits for ever.
        due.sort { ($0.difference, $0.since, $0.write.key) < ($1.difference, $1.since, $1.write.key) }
        var writes: [Write] = []
        for (difference, _, write) in due {
            let isAllowed = difference == .refresh ? refreshes.take(at: now) : conditions.take(at: now)
            guard isAllowed else {
                isWaiting = true
                continue
            }
            entries[write.key]?.isWriting = true
            entries[write.key]?.waiting = nil
            writes.append(write)
        }
        return writes
    }

    /// A write succeeded.
    public mutating func written(_ write: Write, at now: Duration) {
        guard entries[write.key] != nil else { return }
        entries[write.key]?.known = write.status
        entries[write.key]?.isWriting = false
        entries[write.key]?.written = now
        entries[write.key]?.failures = 0
        entries[write.key]?.retry = nil
    }

    /// A write failed; it is tried again after a pause that grows.
    public mutating func failed(_ write: Write, at now: Duration) {
        guard let failures = entries[write.key]?.failures else { return }
        let pause = timing.firstPause * (1 << min(failures, 16))
        entries[write.key]?.isWriting = false
        entries[write.key]?.failures = failures + 1
        entries[write.key]?.retry = now + min(pause, timing.longestPause)
        isWaiting = true
    }

    private struct Found {
        let difference: Difference
        let status: KnownStatus
        let former: KnownStatus?

        func write(_ key: ObjectKey) -> Write { Write(key: key, status: status, former: former) }
    }

    /// What of an object is to be written now.
    private mutating func difference(_ object: ObjectStatus, _ entry: inout Entry, _ now: Duration) -> Found? {
        let wanted = KnownStatus(object, after: entry.known)
        guard let difference = Difference(from: entry.known, to: wanted) else {
            entry.waiting = nil
            return nil
        }
        let isTooEarly = entry.isInherited && wanted[.programmed]?.reason == .programmed
        guard !entry.isWriting, !isTooEarly else {
            isWaiting = true
            return nil
        }
        if entry.waiting?.difference != difference { entry.waiting = (difference, now) }
        var due = max(entry.waiting.map { $0.since + delay(of: difference) } ?? now, entry.retry ?? now)
        if let written = entry.written {
            due = max(due, written + (difference == .refresh ? timing.refresh : timing.interval))
        }
        guard due <= now else {
            isWaiting = true
            return nil
        }
        return Found(difference: difference, status: wanted, former: entry.known)
    }

    private func delay(of difference: Difference) -> Duration {
        switch difference {
        case .generation, .condition, .refresh: .zero
        case .pendingGeneration: timing.settling
        case .behind: timing.patience
        }
    }
}

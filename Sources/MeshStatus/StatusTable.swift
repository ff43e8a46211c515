public import MeshModel
internal import PolicyCompiler
public import XDSCache

/// What there is to know about objects, but for what proxies have acknowledged.
///
/// Brought up to date in the same step as the cache is published, so that a generation never stands beside an older
/// revision; whoever reports copies the table first and asks for the progress of proxies then. Work is proportional to
/// what a batch changes.
public struct StatusTable: Sendable {
    /// An object that users write.
    struct Row: Sendable {
        var change: TableChange
        var uid: String
        var generation: Int64
        var problems: [Problem]
        var diagnosis = Diagnosis()
        /// The publication in which the object, or what the mesh has to say about it, last changed.
        var revision: Revision
        /// When that was.
        var moment: Timestamp
        /// Proxies that the object affected, or that its edit touched by way of others (an address that it gave up):
        /// those that have not passed ``revision`` count, too.
        var former: [Set<ProxyID>] = []
    }

    /// The latest publication that it knows of.
    public private(set) var revision: Revision = 0
    private(set) var rows: [ObjectKey: Row] = [:]
    private(set) var audience = Audience()
    /// Pods whose containers have not all started.
    public private(set) var startingPods: Set<ObjectName> = []
    private var objectsWithFormer: Set<ObjectKey> = []
    /// The publication in which the layers of a proxy's view last changed: before it a proxy enforces nothing that it
    /// has come to see.
    private(set) var viewRevisions: [ProxyID: Revision] = [:]

    /// As many sets of former proxies of one object are kept apart, which mostly share their storage with others.
    private static let mostFormer = 4

    /// A table without objects.
    public init() {}

    /// Takes up a batch.
    ///
    /// - Parameters:
    ///   - change: What the batch made different.
    ///   - revision: The publication that it became.
    ///   - moment: Now.
    /// - Returns: How many objects' statuses were looked at.
    @discardableResult
    public mutating func apply(_ change: StatusChange, at revision: Revision, _ moment: Timestamp) -> Int {
        self.revision = revision
        let losing = audience.objectsLosing(by: change).filter { rows[$0] != nil }
        let before = losing.map { ($0, audience.proxies(of: $0)) }
        // Where users edit nothing there is no edit to explain.
        let kinds = Set(change.objects.map(\.key.kind))
        let isMixed = kinds.contains(where: \.hasStatus) && !kinds.allSatisfy(\.hasStatus)
        // Where no proxy was there before, none waits for an edit.
        let hasProxies = !audience.views.isEmpty
        let shaping = isMixed && hasProxies ? audience.objectsShaping(change) : []
        let coming = audience.proxiesComing(by: change)
        noteViews(change, revision)
        audience.apply(change)
        var edited: Set<ObjectKey> = []
        for change in change.objects {
            if case .pod(let name, let row) = change { noteStart(of: name, row?.object) }
            if set(change, revision, moment) { edited.insert(change.key) }
        }
        let judged = judge(change.diagnoses, revision, moment)
        for (key, proxies) in before { add(former: proxies, to: key) }
        if !edited.isEmpty, hasProxies {
            // What pods, slices and namespaces do in the same batch is explained by the objects that it goes through.
            let explaining = edited.union(shaping)
            var unexplained = audience.proxiesNoticing(change).subtracting(coming)
            for (key, proxies) in before where explaining.contains(key) { unexplained.subtract(proxies) }
            for key in explaining where !unexplained.isEmpty { unexplained.subtract(audience.proxies(of: key)) }
            if !unexplained.isEmpty { for key in edited.union(judged) { add(former: unexplained, to: key) } }
        }
        return losing.union(edited).union(judged).count
    }

    /// Forgets the former proxies that have passed their objects' revisions.
    ///
    /// What a report says is the same before and after, at the same or a later progress.
    public mutating func forgetPassed(_ progress: [ProxyID: ProxyProgress]) {
        for key in objectsWithFormer {
            guard let row = rows[key] else {
                objectsWithFormer.remove(key)
                continue
            }
            let waiting = row.former.map { proxies in
                proxies.filter { progress[$0].map { $0.acknowledged < row.revision } ?? false }
            }
            .filter { !$0.isEmpty }
            rows[key]?.former = waiting
            if waiting.isEmpty { objectsWithFormer.remove(key) }
        }
    }

    /// Sets the diagnoses of objects that there are.
    ///
    /// - Returns: The objects whose diagnosis differs.
    private mutating func judge(
        _ diagnoses: [ObjectKey: Diagnosis?], _ revision: Revision, _ moment: Timestamp
    ) -> Set<ObjectKey> {
        var judged: Set<ObjectKey> = []
        for (key, diagnosis) in diagnoses {
            let diagnosis = diagnosis ?? Diagnosis()
            guard let row = rows[key], row.diagnosis != diagnosis else { continue }
            rows[key]?.diagnosis = diagnosis
            rows[key]?.revision = revision
            rows[key]?.moment = moment
            judged.insert(key)
        }
        return judged
    }

    /// Has an object wait for proxies, too, where it does not affect them any more, or only by way of others.
    private mutating func add(former proxies: Set<ProxyID>, to key: ObjectKey) {
        guard rows[key] != nil else { return }
        let now = audience.proxies(of: key)
        guard proxies != now, !proxies.isSubset(of: now) else { return }
        rows[key]?.former.append(proxies)
        objectsWithFormer.insert(key)
        // Nobody may ever ask for a report: what is remembered is bounded by the proxies that there are.
        guard let former = rows[key]?.former, former.count > Self.mostFormer else { return }
        let all = former.reduce(into: Set<ProxyID>()) { $0.formUnion($1) }
        rows[key]?.former = [all.filter(audience.holds)]
    }

    /// Sets or removes a row; tells whether that made a difference.
    private mutating func set(_ change: TableChange, _ revision: Revision, _ moment: Timestamp) -> Bool {
        let key = change.key
        guard let (uid, generation, problems) = change.reported else { return rows.removeValue(forKey: key) != nil }
        guard let old = rows[key] else {
            rows[key] = Row(
                change: change, uid: uid, generation: generation, problems: problems, revision: revision, moment: moment
            )
            return true
        }
        guard old.change != change else { return false }
        rows[key]?.change = change
        rows[key]?.uid = uid
        rows[key]?.generation = generation
        rows[key]?.problems = problems
        rows[key]?.revision = revision
        rows[key]?.moment = moment
        return true
    }

    private mutating func noteViews(_ change: StatusChange, _ revision: Revision) {
        for (pod, new) in change.views {
            if let old = audience.views[pod], old.uid != new?.uid {
                viewRevisions[ProxyID(pod: pod, uid: old.uid)] = nil
            }
            if let new, audience.views[pod]?.layers != new.layers {
                viewRevisions[ProxyID(pod: pod, uid: new.uid)] = revision
            }
        }
    }

    private mutating func noteStart(of pod: ObjectName, _ object: Pod?) {
        if object?.phase == "Pending" { startingPods.insert(pod) } else { startingPods.remove(pod) }
    }
}

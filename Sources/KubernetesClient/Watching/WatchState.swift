internal import MeshModel

/// What is known about the objects of one kind, and what to do next.
///
/// It makes no requests: whoever owns it does what ``step`` says, after ``pause``, and tells how it went. What was
/// told of the objects is compared with what is known, so that each difference is told once, however often
/// connections break and lists are read again.
struct WatchState<Object: SourceObject>: Sendable {
    /// What to do next.
    enum Step: Equatable, Sendable {
        /// Find out in which version the server has the kind.
        case discover
        /// Read a page of the list: the first, or the one after.
        case list(continuation: String?)
        /// Have the list sent as events.
        case streamList
        /// Hear of what happens after a resource version.
        case follow(resourceVersion: String)
        /// Find out whether the server has finished its start: until then it may deny knowing a kind that it has.
        case checkReadiness
    }

    /// What an administrator may want to know.
    enum Report: Equatable, Sendable {
        /// The server does not have the kind.
        case missing
        /// The kind may not be read.
        case forbidden(String)
        /// The server does not answer, or not as it should.
        case failing(String)
        /// It works again.
        case recovered
        /// An object cannot be read; the name is `nil` if not even that can be.
        case unreadable(ObjectName?, Problem)
    }

    /// What follows from an answer.
    struct Outcome: Equatable, Sendable {
        /// The changes, in order.
        var changes: [ObjectChange<Object>] = []
        /// Whether from now on, after the changes, everything was told that existed at the start.
        var isSynchronized = false
        /// What is new for an administrator.
        var reports: [Report] = []
        /// Whether the open stream is of no more use.
        var endsStream = false
    }

    /// A kind that is missing counts as empty after so many answers in a row that say so, from a server that is ready.
    static var denialsToBelieve: Int { 3 }

    /// What to do next.
    private(set) var step: Step
    /// How long to wait before.
    private(set) var pause = Duration.zero
    /// Whether everything was told that existed at the start.
    private(set) var isSynchronized = false
    /// The objects told of and not removed.
    private(set) var known: [ObjectName: Revision] = [:]
    /// Whether lists are asked for as events.
    var streamsLists: Bool
    /// While a list is read: what is known and was not listed yet.
    var unlisted: Set<ObjectName>?
    var backoff = Backoff()
    var denials = 0
    /// The trouble that was reported and is not over.
    var trouble: Report?

    /// Nothing is known yet.
    init(streamsLists: Bool = false) {
        self.streamsLists = streamsLists
        step = .discover
    }

    /// Goes on with a step.
    mutating func go(to next: Step, after pause: Duration = .zero) {
        step = next
        self.pause = pause
    }

    /// The step that begins a list.
    var listing: Step { streamsLists ? .streamList : .list(continuation: nil) }

    /// Everything was told.
    mutating func synchronize(_ outcome: inout Outcome) {
        guard !isSynchronized else { return }
        isSynchronized = true
        outcome.isSynchronized = true
    }

    /// An object is there; it is told of if it differs from what is known.
    mutating func set(_ served: ServedObject<Object>, _ outcome: inout Outcome) {
        let (change, name, revision): (ObjectChange<Object>, ObjectName, Revision)
        switch served {
        case .readable(let object, let itsRevision):
            (change, name, revision) = (.set(object), object.name, itsRevision)
        case .unreadable(let metadata, let problem, let itsRevision):
            (change, name, revision) = (.unreadable(metadata, problem), metadata.objectName, itsRevision)
        case .unknown(let problem):
            outcome.reports.append(.unreadable(nil, problem))
            return
        }
        unlisted?.remove(name)
        guard known.updateValue(revision, forKey: name) != revision else { return }
        if case .unreadable(_, let problem) = change { outcome.reports.append(.unreadable(name, problem)) }
        outcome.changes.append(change)
    }

    /// An object is gone; that is told if it is known.
    mutating func remove(_ name: ObjectName, _ outcome: inout Outcome) {
        unlisted?.remove(name)
        if known.removeValue(forKey: name) != nil { outcome.changes.append(.remove(name)) }
    }

    /// The list is complete: what was not on it is gone.
    mutating func endList(_ outcome: inout Outcome) {
        for name in (unlisted ?? []).sorted() { remove(name, &outcome) }
        unlisted = nil
        synchronize(&outcome)
    }

    /// Begins to compare what is listed with what is known.
    mutating func beginList() { unlisted = Set(known.keys) }

    /// Something works: troubles are over, and the next failure is the first.
    mutating func succeed(_ outcome: inout Outcome) {
        backoff.reset()
        denials = 0
        endTrouble(&outcome)
    }

    /// It works again.
    mutating func endTrouble(_ outcome: inout Outcome) {
        if trouble != nil { outcome.reports.append(.recovered) }
        trouble = nil
    }

    /// Reports a trouble, unless it is known already.
    mutating func report(_ report: Report, _ outcome: inout Outcome) {
        if let trouble, trouble.isSameTrouble(as: report) { return }
        trouble = report
        outcome.reports.append(report)
    }
}

extension WatchState.Report {
    /// Whether two reports are of one trouble, whatever the words.
    func isSameTrouble(as other: Self) -> Bool {
        switch (self, other) {
        case (.missing, .missing), (.forbidden, .forbidden), (.failing, .failing): true
        default: false
        }
    }
}

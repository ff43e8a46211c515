/// Who may ask an issuer when: pure, for all the proxies that need a certificate of it.
///
/// While the issuer works, up to ``limit`` questions go on at once and others wait in line. After a failure it is left
/// alone for a time that doubles with each failure in a row; then one question goes out alone, and its success lets the
/// others follow. What an issuer refuses to one waiter is that waiter's own matter: nobody else waits for it.
///
/// A waiter has one question at a time. What is said of it ends with ``end(_:_:at:using:)`` or ``withdraw(_:at:)``.
public struct IssuerGate<Waiter: Hashable & Sendable>: Sendable {
    /// What a waiter is told that wants to ask.
    public enum Admission: Hashable, Sendable {
        /// It may ask now, and must say how it ended.
        case proceed
        /// It is in line: it is told later, by a ``Release``.
        case queued
        /// It may come back after this time.
        case later(Duration)
    }

    /// How a question ended.
    public enum Outcome: Hashable, Sendable {
        /// With what was asked for.
        case issued
        /// The issuer answered that it does not issue this; others may have more luck.
        case refused
        /// The issuer is of no use to anybody; it may have said for how long.
        case failed(retryAfter: Duration?)
    }

    /// What follows from an end.
    public struct Release: Hashable, Sendable {
        /// Those in line that may ask now, each of which must say how it ended.
        public var proceeding: [Waiter] = []
        /// Those in line that may come back after the time that ``retryAfter`` says.
        public var turnedAway: [Waiter] = []
        /// When the one whose question ended, and those turned away, may come back; `nil` if it has what it wanted.
        public var retryAfter: Duration?

        /// Nothing follows.
        public init() {}
    }

    /// How many questions go on at once.
    public let limit: Int
    /// The wait after the first failure.
    public static var firstWait: Duration { .seconds(1) }
    /// The longest wait but for its jitter, whatever the number of failures.
    public static var longestWait: Duration { .seconds(60) }
    /// How much a wait differs from what is due, at random, so that controllers do not ask in step.
    static var jitter: ClosedRange<Double> { 0.75...1.25 }
    /// How long somebody that was turned away is counted beyond the time at which it might have come back.
    static var patience: Duration { .seconds(30) }

    private struct Question: Hashable, Sendable {
        /// How many failures there had been when it began.
        var closings: Int
    }

    private struct Absence: Hashable, Sendable {
        var due: ContinuousClock.Instant
        /// How often it was refused in a row.
        var refusals: Int
    }

    private var underWay: [Waiter: Question] = [:]
    private var line: [Waiter] = []
    private var absent: [Waiter: Absence] = [:]
    private var failures = 0
    private var closings = 0
    private var closedUntil: ContinuousClock.Instant?

    /// An issuer of which nothing is known yet; it is taken to work.
    ///
    /// - Parameter limit: How many questions go on at once; at least one.
    public init(limit: Int = 32) { self.limit = max(1, limit) }

    /// Whether the last thing that was heard of the issuer is no failure.
    public var isUp: Bool { failures == 0 }

    /// How many failures there were in a row, those of questions that went on together counted once.
    public var failuresInARow: Int { failures }

    /// How many questions go on.
    public var questions: Int { underWay.count }

    /// When the next question may go out; `nil` if at once.
    public func opening(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        closedUntil.flatMap { $0 > now ? $0 : nil }
    }

    /// How many want something of the issuer and do not have it: those that ask, those in line, and those turned away.
    ///
    /// Who was turned away and stayed away for half a minute beyond its time is not counted any more.
    public func waiting(at now: ContinuousClock.Instant) -> Int {
        let present = Set(line).union(underWay.keys)
        return present.count + absent.count { !present.contains($0.key) && now < $0.value.due + Self.patience }
    }

    /// How many of ``waiting(at:)`` were refused what they asked for the last time.
    public func refused(at now: ContinuousClock.Instant) -> Int {
        let present = Set(line).union(underWay.keys)
        return absent.count { waiter, absence in
            absence.refusals > 0 && (present.contains(waiter) || now < absence.due + Self.patience)
        }
    }

    /// A waiter wants to ask.
    public mutating func ask(_ waiter: Waiter, at now: ContinuousClock.Instant) -> Admission {
        forgetTheLost(at: now)
        if let closedUntil = opening(at: now) {
            leave(waiter, until: closedUntil)
            return .later(closedUntil - now)
        }
        // A second question of one waiter would make two of it.
        if underWay[waiter] != nil || line.contains(waiter) { return .later(Self.firstWait) }
        guard hasRoom else {
            line.append(waiter)
            return .queued
        }
        begin(waiter)
        return .proceed
    }

    /// A question has ended.
    public mutating func end(
        _ waiter: Waiter, _ outcome: Outcome, at now: ContinuousClock.Instant,
        using generator: inout some RandomNumberGenerator
    ) -> Release {
        guard let question = underWay.removeValue(forKey: waiter) else { return Release() }
        var release = Release()
        switch outcome {
        case .issued:
            open()
            absent[waiter] = nil
        case .refused:
            // It answers: that is all that others need.
            open()
            let refusals = (absent[waiter]?.refusals ?? 0) + 1
            let wait = Self.wait(after: refusals, using: &generator)
            absent[waiter] = Absence(due: now + wait, refusals: refusals)
            release.retryAfter = wait
        case .failed(let retryAfter):
            // Those that went on when it failed the last time tell nothing new.
            if question.closings == closings {
                failures += 1
                closings += 1
                let wait = max(Self.wait(after: failures, using: &generator), min(retryAfter ?? .zero, .seconds(600)))
                closedUntil = now + wait
                release.turnedAway = line
                for other in line { leave(other, until: now + wait) }
                line = []
            }
            let due = opening(at: now) ?? now + Self.wait(after: 1, using: &generator)
            leave(waiter, until: due)
            release.retryAfter = due - now
        }
        release.proceeding = admitted(at: now)
        return release
    }

    /// A waiter wants nothing any more, wherever it is.
    public mutating func withdraw(_ waiter: Waiter, at now: ContinuousClock.Instant) -> Release {
        absent[waiter] = nil
        line.removeAll { $0 == waiter }
        underWay[waiter] = nil
        var release = Release()
        release.proceeding = admitted(at: now)
        return release
    }

    /// The wait after some failures in a row.
    static func wait(after failures: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        // 2^10 seconds are beyond the longest wait.
        let due = min(firstWait * (1 << max(0, min(failures - 1, 10))), longestWait)
        return due * Double.random(in: jitter, using: &generator)
    }

    private var hasRoom: Bool { underWay.count < (isUp ? limit : 1) }

    private mutating func open() {
        failures = 0
        closedUntil = nil
    }

    private mutating func begin(_ waiter: Waiter) { underWay[waiter] = Question(closings: closings) }

    private mutating func leave(_ waiter: Waiter, until due: ContinuousClock.Instant) {
        absent[waiter] = Absence(due: due, refusals: absent[waiter]?.refusals ?? 0)
    }

    /// Those at the head of the line for which there is room now.
    private mutating func admitted(at now: ContinuousClock.Instant) -> [Waiter] {
        guard opening(at: now) == nil, !line.isEmpty else { return [] }
        var admitted: [Waiter] = []
        while hasRoom, admitted.count < line.count {
            let next = line[admitted.count]
            begin(next)
            admitted.append(next)
        }
        line.removeFirst(admitted.count)
        return admitted
    }

    private mutating func forgetTheLost(at now: ContinuousClock.Instant) {
        guard absent.values.contains(where: { now >= $0.due + Self.patience }) else { return }
        absent = absent.filter { now < $0.value.due + Self.patience }
    }
}
